/**
 * The Debian package, built by its script and installed with apt on a machine that systemd boots: users and rights, the service
 * under its restrictions, its sockets, an upgrade, a removal and a purge that leaves nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SUPPORT = path.join(import.meta.dirname, 'support');
const missing = ['dpkg-deb', 'apt-get', 'systemd-nspawn', 'unshare', 'ip', 'adduser', 'man'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
);
const BOOT_LIMIT_MS = 90_000;
const needs =
  missing.length > 0 ? `needs ${missing.join(', ')}` : 'needs root, and a machine that can boot itself';
const mayNot = process.getuid?.() !== 0 || missing.length > 0 || !boots();

/** Containers often have neither an overlay nor control groups to boot with. */
function boots(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-boot-'));
  try {
    const script = path.join(folder, 'script');
    writeFileSync(script, 'echo it boots > /mnt/output\n');
    const { stdout } = spawnSync(path.join(SUPPORT, 'booted.sh'), [script, script], {
      encoding: 'utf8',
      timeout: BOOT_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    return stdout.startsWith('it boots\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(mayNot)(`the Debian package (${needs})`, () => {
  let folder: string;
  let sections: ReadonlyMap<string, string>;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'postern-deb-'));
    const build = spawnSync('packaging/debian/build-deb.sh', [folder], {
      cwd: ROOT,
      env: { ...process.env, DEB_COMPRESSION: 'gzip' },
      encoding: 'utf8',
    });
    expect(build.stderr).toBe('');
    const [file = ''] = readdirSync(folder);
    const life = spawnSync(
      path.join(SUPPORT, 'booted.sh'),
      [path.join(folder, file), path.join(SUPPORT, 'debian-package.sh')],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    sections = new Map(
      life.stdout
        .split(/^== /m)
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]),
    );
    expect(life.stderr + life.stdout, 'it went to its end').toContain('\n== left\n');
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const linesOf = (name: string) => (sections.get(name) ?? '').split('\n');

  test('gives its files to those that need them', () => {
    expect(linesOf('files')).toEqual([
      'root root 755 /etc/postern',
      'root postern 640 /etc/postern/relay.toml',
      'postern postern 700 /var/lib/postern',
      'root root 755 /usr/bin/relayd',
      'root root 755 /usr/bin/relayctl',
    ]);
  });

  test('starts relayd as its user, without a capability, with its system calls filtered', () => {
    expect(linesOf('process').map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'postern',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'postern 600',
      'postern 600',
    ]);
    expect(sections.get('units')).toBe('');
  });

  test('serves the sockets of submission', () => {
    expect(sections.get('submission')).toMatch(/^220 /);
    const { running, listeners } = JSON.parse(sections.get('status') ?? '') as {
      readonly running: boolean;
      readonly listeners: readonly { readonly host: string; readonly port: number; readonly tls: string }[];
    };
    expect(running).toBe(true);
    const places = listeners.map(({ host, port, tls }) => `${host} ${port} ${tls}`);
    expect(places.sort()).toEqual([
      '0.0.0.0 465 implicit',
      '0.0.0.0 587 starttls',
      ':: 465 implicit',
      ':: 587 starttls',
    ]);
  });

  test('brings manual pages and completion', () => {
    expect(sections.get('manual')).toContain('relayctl-domain - sending domains');
    expect(sections.get('manual')).toContain('complete -o default -F _relayctl relayctl');
  });

  test('takes port 25 and the API by sockets too, once they are enabled', () => {
    expect(sections.get('inbound')).toMatch(/^220 /m);
    const { uses } = JSON.parse(linesOf('inbound').at(-1) ?? '') as { readonly uses: readonly string[] };
    expect([...new Set(uses)].sort()).toEqual(['http', 'smtp', 'submission', 'submissions']);
  });

  test('keeps data and configuration at an upgrade, and when it is removed and installed again', () => {
    expect(sections.get('upgrade')).toContain('kept.example');
    expect(linesOf('upgrade').at(-1)).toBe('listen = "0.0.0.0:25"');
    expect(linesOf('remove').slice(-4)).toEqual([
      'inactive',
      'inactive',
      'postern /var/lib/postern/postern.db',
      'root /etc/postern/relay.toml',
    ]);
    expect(sections.get('again')).toContain('kept.example');
  });

  test('leaves nothing after a purge', () => {
    expect(linesOf('purge').slice(-2)).toEqual(['no user', 'no group']);
    expect(sections.get('left')).toBe('');
  });
});
