/** What a release promises beside its code: licences, a bill of materials, a changelog in one form, a container that is locked up. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { ACCOUNT_EVENT_TYPES, SERVER_EVENT_TYPES } from '../../src/policy/delivery-state.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

const compose = spawnSync('docker-compose', ['version']);

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
}

/** May go out with Postern: they ask for no more than their text beside it. */
const RELEASED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
];
/** May be used to build and test it. */
const USED = [...RELEASED, 'MPL-2.0', 'Unlicense', 'CC-BY-4.0', 'CC0-1.0', 'Python-2.0'];

/** `(MIT OR EUPL-1.1+)`: one of them is enough; `AND` needs each. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => allowed.includes(licence)));
}

describe('licences', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const others = Object.entries(packages).filter(([where]) => where !== '');

  test.each([
    ['MIT', true],
    ['(MIT OR EUPL-1.1+)', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['none', false],
  ])('%s may go out: %s', (expression, expected) => {
    expect(isAllowed(expression, RELEASED)).toBe(expected);
  });

  test('of everything that goes out are on the list', () => {
    const wrong = others.filter(
      ([, { dev, license }]) => dev !== true && !isAllowed(license ?? 'none', RELEASED),
    );
    expect(wrong.map(([where, { license }]) => `${where}: ${license ?? 'none'}`)).toEqual([]);
    expect(others.length).toBeGreaterThan(100);
  });

  test('of the tools are on the list', () => {
    const wrong = others.filter(([, { license }]) => !isAllowed(license ?? 'none', USED));
    expect(wrong.map(([where, { license }]) => `${where}: ${license ?? 'none'}`)).toEqual([]);
  });
});

test('the bill of materials names every dependency with its version and licence, and no tool', () => {
  const { stdout, stderr } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' });
  expect(stderr).toBe('');
  const { bomFormat, components } = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly licenses?: unknown;
    }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const names = components.map(({ name }) => name);
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Readonly<
    Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  >;
  expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([]);
  expect(names).not.toContain('vitest');
  expect(Object.keys(devDependencies)).toContain('vitest');
  const unclear = components.filter(({ version, licenses }) => version === '' || licenses === undefined);
  expect(unclear).toEqual([]);
});

test('the changelog is in the form of Keep a Changelog', () => {
  const text = read('CHANGELOG.md');
  expect(text).toMatch(/^# Changelog\n/);
  const releases = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  expect(releases[0]).toBe('[Unreleased]');
  expect(
    releases.slice(1).filter((heading) => !/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/.test(heading)),
  ).toEqual([]);
  const kinds = [...text.matchAll(/^### (.*)$/gm)].map(([, kind = '']) => kind);
  const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
  expect(kinds.length).toBeGreaterThan(0);
  expect(kinds.filter((kind) => !known.includes(kind))).toEqual([]);
});

describe('the container', () => {
  test('runs as a user, is asked for /readyz, and keeps its data in a volume', () => {
    const file = read('Dockerfile');
    const last = file.slice(file.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(
      /^HEALTHCHECK [^\n]*\\\n *CMD \["\/usr\/lib\/postern\/node", "\/usr\/lib\/postern\/bin\/healthcheck.js"\]$/m,
    );
    expect(last).toContain('\nVOLUME /var/lib/postern\n');
    expect(read('packaging/container/healthcheck.js')).toContain("'http://127.0.0.1:8080/readyz'");
  });

  test.skipIf(compose.status !== 0)('is read by Compose as it is meant (needs docker-compose)', () => {
    const { status, stdout, stderr } = spawnSync('docker-compose', ['--file', 'compose.yaml', 'config'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    for (const line of [
      'read_only: true',
      '- data:/var/lib/postern:rw',
      "net.ipv4.ip_unprivileged_port_start: '0'",
    ])
      expect(stdout).toContain(line);
  });

  test('has no rights that it does not need', () => {
    const file = read('compose.yaml');
    for (const line of ['read_only: true', 'cap_drop: [ALL]', "security_opt: ['no-new-privileges:true']"])
      expect(file).toMatch(new RegExp(`^ {4}${line.replace(/[[\]]/g, String.raw`\$&`)}$`, 'm'));
  });

  test('opens the ports of the configuration', () => {
    const [, ports = ''] = /^EXPOSE (.*)$/m.exec(read('Dockerfile')) ?? [];
    const configured = [
      ...(SETTINGS['submission.listen'].default as readonly string[]),
      ...(SETTINGS['submission.listen_tls'].default as readonly string[]),
      ...(SETTINGS['http.listen'].default as readonly string[]),
    ].map((at) => at.split(':').at(-1) ?? '');
    for (const port of configured) expect(ports.split(' ')).toContain(port);
  });
});

test('docs/on-call.md says what to do at every event that is about no delivery, and when a certificate is not issued', () => {
  const text = read('docs/on-call.md');
  const [, table = ''] = /^## Events$(.*?)^## /ms.exec(text) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` .*\| (\S.*) \|$/gm)].map(([, event]) => event);
  expect(rows.sort()).toEqual([...ACCOUNT_EVENT_TYPES, ...SERVER_EVENT_TYPES].sort());
  expect(text).toMatch(/^\| certificate not issued.*`certificate not issued`.*relayctl certificate renew/m);
});
