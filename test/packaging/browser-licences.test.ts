/** The code of others that browsers get with the dashboard comes with its licences (`npm run build` writes them). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('every package that the pages import is named in licences.txt, with its version and its licence', () => {
  const notices = readFileSync(path.join(ROOT, 'dist/ui/licences.txt'), 'utf8');
  const names = packagesOf(path.join(ROOT, 'src/ui'));
  expect(names).toEqual(expect.arrayContaining(['preact', 'uplot']));
  for (const name of names) {
    const folder = path.join(ROOT, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect(notices).toContain(`${name} ${version} (`);
    const licence = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) ?? '';
    expect(notices).toContain(readFileSync(path.join(folder, licence), 'utf8').trim());
  }
});

/** Imported by what runs in the browser: not by its build, and not for types alone. */
function packagesOf(folder: string): readonly string[] {
  const names = new Set<string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!/\.tsx?$/.test(entry.name) || /^(?:vite\.config|licence-notices)\.ts$/.test(entry.name)) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const [, name = ''] of text.matchAll(/^import (?!type )[^;]*?from '([^.'][^']*)'/gm))
      names.add(name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? ''));
  }
  return [...names];
}
