/**
 * Configurations with any mistake in them: one kind of error, which names the file, the line where there is one, and the
 * key, a line for each mistake; never another error, and nothing of a secret.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { keyLines } from '../../src/config/key-lines.ts';
import { loadConfig } from '../../src/config/load.ts';
import { SETTING_KEYS } from '../../src/config/settings.ts';
import { itHolds } from './support/fuzz.ts';
import { wordSoup } from './support/octets.ts';

const FILE = '/etc/postern/relay.toml';
const KEYS: readonly string[] = SETTING_KEYS;
const SECRET = 'VGhpcyBpcyBhIHNlY3JldCBvZiBvdXJzIQ';
const shipped = readFileSync(new URL('../../config/relay.toml', import.meta.url), 'utf8');
/** With every key that is commented out given. */
const everything = shipped.replace(/^# ?(?=(?: {2})?[a-z_]+ = |\[\[)/gm, '');

function load(text: string, env: Readonly<Record<string, string>> = {}): void {
  const missing = () => Object.assign(new Error('no such file'), { code: 'ENOENT' });
  loadConfig({
    path: FILE,
    env,
    cwd: '/',
    defaultHostname: 'relay.test',
    readFile: (path) => {
      if (path === FILE) return text;
      throw missing();
    },
  });
}

/** Passes, or throws a ConfigError whose every problem has its place. */
function expectSound(text: string, env: Readonly<Record<string, string>> = {}, secret?: string): void {
  try {
    load(text, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = text.split('\n').length;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { file, line, variable, key, message } of error.problems) {
      expect(message).not.toBe('');
      expect(message).not.toMatch(/undefined|\[object|\bat .*\.ts\b/);
      if (line !== undefined) expect(line >= 1 && line <= lines, `${line} of ${lines}`).toBe(true);
      // What stands in the file has its line.
      if (file === FILE) expect(line).toBeDefined();
      if (file === undefined && variable === undefined) expect(key).toBeDefined();
    }
    expect(error.message).toMatch(/^[^\x00-\x09\x0b-\x1f\x7f-\x9f]+$/);
    expect(error.message.split('\n')).toHaveLength(error.problems.length);
    if (secret !== undefined) expect(error.message).not.toContain(secret);
    expect(error.message.isWellFormed() || !text.isWellFormed()).toBe(true);
  }
}

const TOKENS = [
  ...[
    '"',
    "'",
    '"""',
    "'''",
    '[',
    ']',
    '[[',
    '{',
    '}',
    '=',
    ',',
    '.',
    '#',
    '\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    '\\',
    '\\u00e9',
    '\\x',
  ],
  ...[
    'true',
    'false',
    'nan',
    'inf',
    '-1',
    '0',
    '1e400',
    '9'.repeat(30),
    '0x',
    '1979-05-27T07:32:00Z',
    '[]',
    '{}',
    '""',
    'é',
  ],
  ...[
    '__proto__',
    'constructor',
    'submission',
    '[submission]\n',
    '[delivery]\n',
    'listen = ',
    'hostname = ',
    '\0',
    '\ufeff',
  ],
  ...[
    '"10m"',
    '"0s"',
    '"1GB"',
    '"host:0"',
    '"[::1]:25"',
    '"a b"',
    'data_key = "x"\n',
    'tls = 1\n',
    '[[route]]\n',
    'action = "relay"\n',
    '[[source]]\n',
    '[route.match]\n',
    'retry_schedule = ',
  ],
];

interface Change {
  readonly at: number;
  readonly drop: number;
  readonly put: string;
}

const changes = fc.array(
  fc.record({
    at: fc.nat(20_000),
    drop: fc.oneof({ weight: 3, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.nat(400) }),
    put: wordSoup(TOKENS, 3),
  }),
  { minLength: 1, maxLength: 4 },
);

function changed(text: string, list: readonly Change[]): string {
  return list.reduce((result, { at, drop, put }) => {
    const place = at % (result.length + 1);
    return result.slice(0, place) + put + result.slice(place + drop);
  }, text);
}

describe('a configuration', () => {
  itHolds(
    'as it is shipped, changed anywhere, is taken or refused with places',
    { seed: 971, runs: 150 },
    changes,
    (list) => {
      expectSound(changed(everything, list));
    },
  );

  itHolds(
    'with any value for any key is taken or refused at its line',
    {
      seed: 972,
      runs: 700,
      examples: [
        ['x.y', '1'],
        ['__proto__', '1'],
        ['submission.listen', '{ a = 1 }'],
        ['tls', '[1]'],
      ],
    },
    fc.tuple(
      fc.constantFrom(...SETTING_KEYS, '__proto__', 'submission', 'x.y', 'submission.__proto__'),
      fc.oneof(wordSoup(TOKENS, 3), fc.json({ maxDepth: 2 })),
    ),
    ([key, value]) => {
      expectSound(`# a comment\n\n${key} = ${value}\n`);
    },
  );

  itHolds<[string, string]>(
    'in the environment is taken or refused with the variable',
    { seed: 973, runs: 500, examples: [['inbound.listen', '[submission]\n"']] },
    fc.tuple(fc.constantFrom(...KEYS, 'nonsense'), wordSoup(TOKENS, 3)),
    ([key, value]) => {
      expectSound('', { [`RELAY_${key.toUpperCase().replaceAll('.', '__')}`]: value });
    },
  );
});

describe('a secret that is wrong', () => {
  itHolds(
    'is not shown',
    { seed: 975, runs: 300 },
    fc.tuple(wordSoup(TOKENS, 2), wordSoup(TOKENS, 2), fc.constantFrom('"', "'", '"""', '[')),
    ([before, after, quote]) => {
      expectSound(`data_key = ${quote}${before}${SECRET}${after}${quote}\n`, {}, SECRET);
      expectSound('', { RELAY_DATA_KEY: `${before}${SECRET}${after}` }, SECRET);
    },
  );
});

describe('the lines of keys', () => {
  itHolds(
    'are found in anything without an end to it',
    { seed: 974, runs: 1_000 },
    wordSoup(TOKENS, 40),
    (text) => {
      const lines = text.split('\n').length;
      for (const line of keyLines(text).values()) expect(line >= 1 && line <= lines).toBe(true);
    },
  );
});
