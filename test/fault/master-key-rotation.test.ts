/** A process that replaces the master key is killed between any two steps: the old key is never lost, and the next try succeeds. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configuredMasterKeys } from '../../src/app/master-key.ts';
import { loadMasterKey } from '../../src/platform/master-key.ts';
import { systemRandom } from '../../src/platform/random.ts';

const CHILD = new URL('support/rotate-key-child.ts', import.meta.url).pathname;

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-rotate-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const file = () => path.join(dataDir, 'master.key');
const keys = () => configuredMasterKeys({ dataDir, dataKey: undefined, previousDataKeys: [] }, systemRandom);

function rotate(write: number, point: string): NodeJS.Signals | number | null {
  const { signal, status } = spawnSync(process.execPath, [CHILD, file(), String(write), point]);
  return signal ?? status;
}

test.each([
  [1, 'before', false],
  [1, 'after', false],
  [2, 'before', false],
  [2, 'after', true],
] as const)('killed at write %i, %s it', (write, point, isNew) => {
  const old = loadMasterKey(file(), systemRandom);
  expect(rotate(write, point)).toBe('SIGKILL');
  const found = keys();
  expect(Buffer.compare(found.present, old) === 0).toBe(!isNew);
  expect(found.previous).toEqual(isNew ? [old] : []);

  expect(rotate(0, '')).toBe(0);
  const after = keys();
  expect(Buffer.compare(after.present, old)).not.toBe(0);
  expect(after.previous).toEqual(isNew ? [found.present, old] : [old]);
  for (const name of ['master.key', 'master.key.previous'])
    expect(statSync(path.join(dataDir, name)).mode & 0o777).toBe(0o600);
});

test('previous keys that are no keys are refused by their line, and none of their text is said', () => {
  loadMasterKey(file(), systemRandom);
  expect(rotate(0, '')).toBe(0);
  const previous = `${file()}.previous`;
  const text = readFileSync(previous, 'utf8');
  rmSync(previous);
  spawnSync('sh', ['-c', `printf '%s\nsomething\n' "${text.trim()}" > ${previous}`]);
  expect(keys).toThrow(`${previous} does not hold a master key in line 2`);
  expect(keys).not.toThrow(/something/);
});
