/**
 * The showing: from an empty machine that systemd boots to the first delivered message, against a DNS server and a mail host of
 * that machine's own network, by apt and by npm. It prints what was typed and said, and how long it took.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDebianPackage, CANNOT_BOOT, lifeOf, NEEDS, ROOT } from './support/booted.ts';

const LIMIT_MS = 900_000;

function npm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

/** What docs/install.md has typed to make a service of what npm installed. */
function serviceCommands(): string {
  const blocks = readFileSync(path.join(ROOT, 'docs/install.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms);
  const found = [...blocks].map(([, block = '']) => block).filter((block) => block.includes('useradd'));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

/** Files for /mnt: the tarball and all that a machine with Node.js and a way to the registry has. */
function npmFiles(folder: string): readonly string[] {
  const at = (name: string) => path.join(folder, name);
  renameSync(
    at(npm('pack', '--silent', '--ignore-scripts', '--pack-destination', folder)),
    at('postern.tgz'),
  );
  // Its dependencies are in npm's cache after that: the machine has no way out.
  npm('install', '--global', '--prefix', at('prefix'), '--prefer-offline', at('postern.tgz'));
  copyFileSync(process.execPath, at('node'));
  writeFileSync(at('npm-cache'), npm('config', 'get', 'cache'));
  writeFileSync(at('service.sh'), serviceCommands());
  return ['postern.tgz', 'node', 'npm-cache', 'service.sh'].map(at);
}

describe.skipIf(CANNOT_BOOT).each([
  ['apt', (folder: string) => [buildDebianPackage(folder)]],
  ['npm install --global', npmFiles],
] as const)(`from nothing to the first message by %s (${NEEDS})`, (_way, filesIn) => {
  let folder: string;
  let sections: ReadonlyMap<string, string>;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'postern-first-'));
    const life = lifeOf('first-message.sh', filesIn(folder), { outside: true });
    ({ sections } = life);
    console.log(life.text.slice(0, life.text.indexOf('== left')));
  }, LIMIT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('one command after the installation leads to a delivered message', () => {
    const transcript = sections.get('transcript') ?? '';
    expect(transcript).toContain('relayd (pid ');
    expect(transcript).toContain(') has taken it over');
    expect(transcript).toContain('shop.example is verified: its DKIM records are published');
    expect(transcript).toContain('✓ Ready.');
    expect(transcript).toContain('exit code 0');
  });

  test('the mail host has the test message and that of an application, signed', () => {
    const mailbox = sections.get('mailbox') ?? '';
    expect(mailbox).toContain('Subject: The first message of shop.example');
    expect(mailbox).toContain('Subject: An order');
    expect(mailbox.match(/^DKIM-Signature:/gm)).toHaveLength(4);
    // The name that quickstart was given, not the machine's: relayd had taken it over.
    expect(mailbox).toMatch(/by mail\.shop\.example/);
  });

  test('it takes less than ten minutes', () => {
    const [, seconds] = /^first message delivered (\d+)/m.exec(sections.get('seconds') ?? '') ?? [];
    expect(Number(seconds)).toBeLessThan(600);
  });
});
