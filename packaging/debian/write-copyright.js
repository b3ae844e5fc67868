#!/usr/bin/env node
// The package's copyright file: the licence of Postern, and that of each dependency in it, from their own files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const lib = process.argv[2];
const modules = path.join(lib, 'node_modules');
const read = (file) => readFileSync(file, 'utf8').trim();

function licenceOf(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? undefined : read(path.join(folder, file));
}

/** Every installed package, also those within others. */
function packagesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const at = path.join(folder, name);
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? packagesIn(at) : [at, ...packagesIn(path.join(at, 'node_modules'))];
  });
}

console.log(`Postern\n\n${licenceOf(lib)}\n`);
console.log(`Node.js (/usr/lib/postern/node): MIT, https://github.com/nodejs/node/blob/main/LICENSE\n`);
for (const folder of packagesIn(modules).sort()) {
  const { name, version, license } = JSON.parse(read(path.join(folder, 'package.json')));
  console.log(
    `${'-'.repeat(70)}\n${name} ${version}: ${license}\n\n${licenceOf(folder) ?? 'The package has no licence file of its own.'}\n`,
  );
}
