/** The few keys of a new relay, as a file and in a file: what is set stays, what comes out is what was meant. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  differentSettings,
  firstFile,
  withSettings,
  type WantedSetting,
} from '../../../src/config/first-file.ts';
import { loadConfig } from '../../../src/config/load.ts';

const WANTED: readonly WantedSetting[] = [
  { key: 'hostname', value: 'mail.example.org', comment: 'The name.' },
  { key: 'data_dir', value: '/srv/a "quoted" folder', comment: 'Data.' },
  { key: 'inbound.listen', value: ['0.0.0.0:25', '[::]:25'], comment: 'Reports.' },
  { key: 'inbound.postmaster', value: 'me@example.net', comment: 'Postmaster.' },
];

function load(text: string, env: Record<string, string> = {}) {
  return loadConfig({
    path: '/x/relay.toml',
    env,
    readFile: () => text,
    defaultHostname: 'machine.example',
    cwd: '/x',
  });
}

function expectWanted(text: string) {
  const { config } = load(text);
  expect(config.hostname).toBe('mail.example.org');
  expect(config.dataDir).toBe('/srv/a "quoted" folder');
  expect(config.inbound.listen.map(({ port }) => port)).toEqual([25, 25]);
  expect(config.inbound.postmaster).toEqual({ localPart: 'me', domain: 'example.net' });
  expect(differentSettings(load(text), WANTED)).toEqual([]);
}

describe('firstFile', () => {
  it('is read as what was wanted, and differs from it in nothing', () => {
    expectWanted(firstFile(WANTED));
  });
});

describe('withSettings', () => {
  const shipped = readFileSync(new URL('../../../config/relay.toml', import.meta.url), 'utf8');

  it('takes the place of the commented lines of the shipped file, and changes no other line', () => {
    const text = withSettings(shipped, WANTED);
    expectWanted(text);
    const before = shipped.split('\n');
    const changed = text.split('\n').filter((line, at) => line !== before[at]);
    expect(changed).toHaveLength(WANTED.length);
    expect(text.split('\n')).toHaveLength(before.length);
  });

  it.each([
    ['an empty file', ''],
    ['a file with other keys', '# mine\n[log]\nlevel = "debug"\n'],
    ['a file with the section', 'data_key = "x"\n[inbound]\n# here\nfeedback_networks = []\n[log]\n'],
    ['a file whose last line has no end', '[log]\nlevel = "debug"'],
  ])('puts them into %s', (_name, before) => {
    const text = withSettings(before, WANTED).replace('data_key = "x"\n', '');
    expectWanted(text);
    for (const line of before.split('\n').filter((one) => one !== '' && !one.includes('data_key')))
      expect(text).toContain(line);
  });

  it('does not take a comment of another section for its own', () => {
    const text = withSettings('[submission]\n#listen = ["0.0.0.0:587"]\n[inbound]\n#listen = []\n', [
      WANTED[2]!,
    ]);
    expect(text).toBe(
      '[submission]\n#listen = ["0.0.0.0:587"]\n[inbound]\nlisten = ["0.0.0.0:25","[::]:25"]\n',
    );
  });
});

describe('differentSettings', () => {
  it('tells what is set to something else, and where, from what is not set', () => {
    const loaded = load('hostname = "old.example"\n', { RELAY_DATA_DIR: '/other' });
    expect(differentSettings(loaded, WANTED.slice(0, 3))).toEqual([
      {
        key: 'hostname',
        wanted: 'hostname = "mail.example.org"',
        now: 'hostname = "old.example"',
        variable: undefined,
      },
      {
        key: 'data_dir',
        wanted: expect.any(String) as string,
        now: 'data_dir = "/other"',
        variable: 'RELAY_DATA_DIR',
      },
      {
        key: 'inbound.listen',
        wanted: 'listen = ["0.0.0.0:25","[::]:25"]',
        now: undefined,
        variable: undefined,
      },
    ]);
  });
});
