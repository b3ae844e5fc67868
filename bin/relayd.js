#!/usr/bin/env node
// Plain JavaScript on purpose: it has to parse under any Node, so that an old one gets a sentence
// and not a crash (better-sqlite3's binary does not load before Node 22).
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `relayd needs Node.js 24 or newer; this is ${process.version}. In a checkout type: npx relayd (npm install brings the right Node.js)\n`,
  );
  process.exit(1);
}
// First of all: at SIGUSR1 Node.js would open its debugger to every user of this machine, at SIGUSR2 it would end.
for (const signal of ['SIGUSR1', 'SIGUSR2']) process.on(signal, () => {});
const { main } = await import('../dist/app/relayd.js');
process.exit(await main(process.argv.slice(2)));
