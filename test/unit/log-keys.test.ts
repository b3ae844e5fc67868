/** Keys of the log that several events share are in docs/operations.md, and none is there that no event has. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** The object literal of a call such as `log.warn('event', { … })`, with what is nested in it. */
const CALL =
  /\b(?:log|strangers)(?:\.(?:debug|info|warn|error)|\[level\])\(\s*(?:'[^']+'|event),\s*(?:address,\s*|client,\s*)?\{((?:[^{}]|\{[^{}]*\})*)\}/g;

/** Of each call that has its fields written out. */
function keysOfCalls(): string[][] {
  return globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(CALL)].map(([, fields = '']) =>
      fields
        .replaceAll(/\/\/.*|\{[^{}]*\}|\([^()]*\)/g, '')
        .split(',')
        .map((field) => /^\s*([a-z_]+)\s*(?::|$)/.exec(field)?.[1])
        .filter((key) => key !== undefined),
    ),
  );
}

test('the table of keys in docs/operations.md is complete and has no other', () => {
  const [, section = ''] = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8').split(
    '\n## The log\n',
  );
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`[^|]+) \|/gm);
  const documented = [...rows].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, key]) => key),
  );
  const calls = keysOfCalls();
  expect(calls.length).toBeGreaterThan(60);
  const all = calls.flat();
  const shared = new Set(all.filter((key, index) => all.indexOf(key) !== index));
  expect([...shared].filter((key) => !documented.includes(key))).toEqual([]);
  expect(documented.filter((key) => key === undefined || !all.includes(key))).toEqual([]);
});
