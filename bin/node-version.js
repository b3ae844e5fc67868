// Plain JavaScript on purpose: it has to parse under any Node.js, so that an old one gets a sentence and not a crash
// (better-sqlite3's binary does not load before Node.js 22).
import { existsSync } from 'node:fs';

/** The version that engines in package.json asks for. */
const LEAST = 24;

/** Ends the program under an older Node.js. `program`: as it is typed. */
export function requireNode(program) {
  if (Number(process.versions.node.split('.')[0]) >= LEAST) return;
  const checkout = existsSync(new URL('../src', import.meta.url));
  const remedy = checkout
    ? `In a checkout type: npx ${program} (npm install brings the right Node.js)`
    : `Install Node.js ${LEAST}, or use the Debian package or the container, which bring their own: docs/install.md`;
  process.stderr.write(`${program} needs Node.js ${LEAST} or newer; this is ${process.version}. ${remedy}\n`);
  process.exit(1);
}
