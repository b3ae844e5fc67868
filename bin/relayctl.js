#!/usr/bin/env node
// Plain JavaScript on purpose: it has to parse under any Node, so that an old one gets a sentence
// and not a crash (better-sqlite3's binary does not load before Node 22).
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `relayctl needs Node.js 24 or newer; this is ${process.version}. In a checkout type: npx relayctl (npm install brings the right Node.js)\n`,
  );
  process.exit(1);
}
// First of all: Node.js would open its debugger to every user of this machine.
process.on('SIGUSR1', () => {});
const { main } = await import('../dist/app/relayctl.js');
process.exit(await main(process.argv.slice(2)));
