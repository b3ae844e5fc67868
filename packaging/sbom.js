// Prints the bill of materials of what goes out (CycloneDX): that of npm, less what the lock file marks as a tool. npm's own
// --omit=dev also leaves out a dependency that a tool happens to use too.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
const nameOf = (where) => where.slice(where.lastIndexOf('node_modules/') + 'node_modules/'.length);
const released = new Set(
  Object.entries(packages)
    .filter(([where, { dev }]) => where !== '' && dev !== true)
    .map(([where, { version }]) => `${nameOf(where)}@${version}`),
);

const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
const all = JSON.parse(
  execFileSync('npm', ['sbom', ...options], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
);
const components = all.components.filter((component) => released.has(component['bom-ref'].split('|')[0]));
const kept = new Set([
  all.metadata.component['bom-ref'],
  ...components.map((component) => component['bom-ref']),
]);
const dependencies = all.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
const metadata = { ...all.metadata, component: { ...all.metadata.component, name: packages[''].name } };
process.stdout.write(`${JSON.stringify({ ...all, metadata, components, dependencies }, null, 2)}\n`);
