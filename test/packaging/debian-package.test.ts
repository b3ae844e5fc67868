/**
 * The Debian package, built by its script and installed with apt on a machine that systemd boots: users and rights, the service
 * under its restrictions, its sockets, an upgrade, a removal and a purge that leaves nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDebianPackage, CANNOT_BOOT, lifeOf, NEEDS } from './support/booted.ts';

describe.skipIf(CANNOT_BOOT)(`the Debian package (${NEEDS})`, () => {
  let folder: string;
  let sections: ReadonlyMap<string, string>;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'postern-deb-'));
    ({ sections } = lifeOf('debian-package.sh', [buildDebianPackage(folder)], { outside: false }));
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

  test('is told from another program while its sockets wait for it', () => {
    const said = (sections.get('down') ?? '').replace(/\s+/g, ' ');
    expect(said).toMatch(
      /^! ports: systemd holds ports [\d, ]*\b587\b[\d, ]* for relayd \(relayd-submission\.socket/,
    );
    expect(said).toContain('do: relayd is down: systemctl start relayd');
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

  test('takes port 25, the API and the challenges of certificates by sockets too, once they are enabled', () => {
    expect(sections.get('inbound')).toMatch(/^220 /m);
    expect(linesOf('inbound')).toContain('port 80: 404');
    const { uses } = JSON.parse(linesOf('inbound').at(-1) ?? '') as { readonly uses: readonly string[] };
    expect([...new Set(uses)].sort()).toEqual(['acme', 'http', 'smtp', 'submission', 'submissions']);
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
