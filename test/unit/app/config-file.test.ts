/** A configuration that quickstart changes keeps its rights, its owner and its place, and is nobody else's meanwhile. */
import fs, {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configFile } from '../../../src/app/config-file.ts';

const BEFORE = 'data_key = "a secret"\n';
const AFTER = `${BEFORE}hostname = "mail.example.org"\n`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-config-'));
  file = path.join(folder, 'relay.toml');
  fs.writeFileSync(file, BEFORE, { mode: 0o640 });
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

test('a file with secrets is at no moment for more people than before', () => {
  const write = fs.writeFileSync;
  const modes: number[] = [];
  vi.spyOn(fs, 'writeFileSync').mockImplementation((...args) => {
    write(...args);
    for (const name of readdirSync(folder)) modes.push(statSync(path.join(folder, name)).mode & 0o777);
  });
  syncBuiltinESMExports();
  configFile.write(file, AFTER, BEFORE);
  expect(modes).toHaveLength(2);
  expect(modes.every((mode) => (mode & ~0o640) === 0)).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(AFTER);
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test('a link stays one: what it leads to is changed', () => {
  const link = path.join(folder, 'link.toml');
  symlinkSync('relay.toml', link);
  configFile.write(link, AFTER, BEFORE);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(AFTER);
  expect(readdirSync(folder).sort()).toEqual(['link.toml', 'relay.toml']);
});

test('a link to nothing is not replaced', () => {
  const link = path.join(folder, 'link.toml');
  symlinkSync('elsewhere.toml', link);
  expect(() => configFile.write(link, AFTER, undefined)).toThrow('is a link to nothing');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test('a new file is for everybody to read, as a package would have it', () => {
  const made = path.join(folder, 'new', 'relay.toml');
  configFile.write(made, 'hostname = "mail.example.org"\n', undefined);
  expect(statSync(made).mode & 0o777).toBe(0o644);
});
