/** The real `bin/relayctl.js` as a child process: its exit codes, its streams, its folder. Needs `npm run build`. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BIN = path.resolve(import.meta.dirname, '../../bin/relayctl.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-relayctl-'));
  writeFileSync(path.join(folder, 'relay.toml'), 'hostname = "mail.example.net"\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function relayctl(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = '' } = process.env;
  const ran = spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { PATH, ...env },
    encoding: 'utf8',
    input: '',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Memory of its own in RAM: without files that it maps. */
function anonymousBytes(pid: number): number {
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}

test('does nothing to a folder that it only reads', () => {
  expect(relayctl(['domain', 'list'])).toMatchObject({ code: 1, out: '' });
  expect(relayctl(['status', '--json']).code).toBe(3);
  expect(readdirSync(folder)).toEqual(['relay.toml']);
});

describe('with a store', () => {
  beforeAll(() => {
    // Whatever is typed first makes the store and the key that belongs to it.
    expect(relayctl(['suppression', 'add', 'a@example.org', '--json'])).toMatchObject({ code: 0, err: '' });
    expect(relayctl(['domain', 'add', 'shop.example', '--json'])).toMatchObject({ code: 0, err: '' });
  });

  test('a reader that is slow gets all of a long output', async () => {
    const addresses = Array.from({ length: 5_000 }, (_, index) => `someone-${index}@slow.example\n`);
    writeFileSync(path.join(folder, 'many.txt'), addresses.join(''));
    expect(relayctl(['suppression', 'import', 'many.txt'])).toMatchObject({ code: 0 });
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [BIN, 'suppression', 'list', '--json'], {
      cwd: folder,
      env: { PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    let lines = 0;
    for await (const chunk of child.stdout) {
      // Nothing is read for as long as the same command takes once more.
      if (lines === 0) relayctl(['suppression', 'list', '--json']);
      lines += String(chunk).split('\n').length - 1;
    }
    expect(await exited).toEqual([0, null]);
    expect(lines).toBe(addresses.length + 1);
  });

  test('keeps data and master key for its owner alone', () => {
    for (const name of ['data', 'data/postern.db', 'data/master.key'])
      expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);
  });

  test('finds the configuration in the working directory, and says where from', () => {
    const shown = relayctl(['config', 'show', 'hostname', '--json']);
    expect(JSON.parse(shown.out)).toEqual({
      file: path.join(folder, 'relay.toml'),
      settings: [{ key: 'hostname', value: 'mail.example.net', source: './relay.toml:1', available: true }],
    });
  });

  test('takes configuration from the environment', () => {
    const other = relayctl(['domain', 'list', '--json'], { RELAY_DATA_DIR: path.join(folder, 'none') });
    expect(other.code).toBe(1);
    expect(JSON.parse(other.err)).toMatchObject({ error: { code: 'no-store' } });
    const wrong = relayctl(['config', 'check'], { RELAY_HOSTNAM: 'x' });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('RELAY_HOSTNAM: there is no such setting; did you mean RELAY_HOSTNAME?');
  });

  test.each(['RELAY_CHECKS__BLOCKLISTS', 'RELAY_DELIVERY__BOUNCE_RULES', 'RELAY_INBOUND__FEEDBACK_SOURCES'])(
    'config check reads the file of rules that %s names, and says what is wrong in it',
    (variable) => {
      const file = path.join(folder, 'rules.toml');
      writeFileSync(file, 'nothing = "of the kind"\n');
      const { code, err } = relayctl(['config', 'check', '--json'], { [variable]: file });
      expect(code).toBe(1);
      expect(err).toContain(file);
      expect(relayctl(['config', 'check'], { [variable]: `${file}.none` }).err).toContain(
        `cannot read ${file}.none`,
      );
    },
  );

  test('prints lists one object a line, uncoloured into a pipe', () => {
    const { code, out } = relayctl(['domain', 'list', '--json']);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ domain: 'shop.example', verified: false }]);
    expect(relayctl(['domain', 'list'], { TERM: 'xterm-256color' }).out).not.toContain('\u001b');
  });

  test('wrong usage exits with 2, nothing to ask with 2, not found with 1', () => {
    expect(relayctl(['domain', 'frobnicate']).code).toBe(2);
    expect(relayctl(['domain', 'remove', 'shop.example']).code).toBe(2);
    expect(relayctl(['domain', 'show', 'none.example']).code).toBe(1);
  });

  test('a reader that goes away is no error', () => {
    const script = `"${process.execPath}" "${BIN}" config show | head -1; echo "\${PIPESTATUS[0]}"`;
    const said = execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(said.trimEnd().split('\n').at(-1)).toBe('0');
  });
});

describe('a reader that stops', () => {
  // 40 MB of output: many times what the pipe and a page hold.
  const ADDRESSES = 40_000;
  const NOTE = 'x'.repeat(1_000);
  const data = () => ({ RELAY_DATA_DIR: path.join(folder, 'stopped') });
  beforeAll(() => {
    const many = Array.from({ length: ADDRESSES }, (_, index) => `someone-${index}@stopped.example\n`);
    writeFileSync(path.join(folder, 'more.txt'), many.join(''));
    const imported = relayctl(['suppression', 'import', 'more.txt', '--note', NOTE], data());
    expect(imported).toMatchObject({ code: 0 });
  });

  test.each([
    ['suppression', 'export'],
    ['suppression', 'list', '--json'],
  ])('costs %s %s no memory for what it has not taken', async (...command) => {
    const env = { ...data(), PATH: process.env['PATH'] ?? '' };
    const run = (stdout: 'pipe' | 'ignore') =>
      spawn(process.execPath, [BIN, ...command], { cwd: folder, env, stdio: ['ignore', stdout, 'inherit'] });
    const stopped = run('pipe');
    const ended = once(stopped, 'exit');
    await once(stopped.stdout!, 'readable');
    // Nothing is read for as long as the whole output takes to /dev/null.
    expect(await once(run('ignore'), 'exit')).toEqual([0, null]);
    const bytes = anonymousBytes(stopped.pid!);
    let octets = 0;
    for await (const chunk of stopped.stdout!) octets += (chunk as Buffer).length;
    expect(await ended).toEqual([0, null]);
    expect(octets).toBeGreaterThan(ADDRESSES * NOTE.length);
    // Some 55 MB with all output waiting outside, 185 MB and more with all of it inside.
    expect(bytes).toBeLessThan(110_000_000);
  });
});
