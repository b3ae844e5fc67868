/** A file of the data folder is whole or as it was, whatever the disk takes of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeDurably } from '../../../src/platform/durable-file.ts';
import { systemRandom } from '../../../src/platform/random.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-file-'));
  file = path.join(folder, 'file');
  writeFileSync(file, 'as it was');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is replaced as a whole, for its owner alone', () => {
  writeDurably(file, 'new\n', systemRandom);
  expect(readFileSync(file, 'utf8')).toBe('new\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('where the disk takes a part of it the file is as it was, and nothing is left beside it', () => {
  const module = path.resolve('src/platform/durable-file.ts');
  const script =
    `import { writeDurably } from ${JSON.stringify(module)};` +
    `const random = { bytes: (length) => new Uint8Array(length) };` +
    `try { writeDurably(process.argv[1], 'x'.repeat(65536), random); } catch (error) { console.log(error.code); }`;
  // The system takes 4 KiB and says so; only the next write is refused, as on a disk that runs full.
  const limited = [
    '-c',
    'ulimit -f 4; exec "$0" "$@"',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ];
  const { stdout } = spawnSync('bash', [...limited, file], { encoding: 'utf8' });
  expect(stdout.trim()).toBe('EFBIG');
  expect(readFileSync(file, 'utf8')).toBe('as it was');
  expect(readdirSync(folder)).toEqual(['file']);
});
