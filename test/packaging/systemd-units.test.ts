/** The units of packaging/systemd: what systemd itself says of them, and that their sockets are those that relayd serves. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SOCKET_USES } from '../../src/config/inherited-sockets.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const UNITS = path.join(ROOT, 'packaging/systemd');
const SOCKETS = readdirSync(UNITS).filter((name) => name.endsWith('.socket'));
const noSystemd = spawnSync('systemd-analyze', ['--version']).error !== undefined;

/** From the least exposed, 0, to the most, 10. */
const MOST_EXPOSED = 2;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-units-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function valuesOf(unit: string, key: string): readonly string[] {
  const text = readFileSync(path.join(UNITS, unit), 'utf8');
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

describe.skipIf(noSystemd)('systemd (needs systemd-analyze)', () => {
  test('finds nothing wrong with the units', () => {
    cpSync(UNITS, folder, { recursive: true });
    const service = path.join(folder, 'relayd.service');
    const here = readFileSync(service, 'utf8').replace('=/usr/bin/relayd', `=${ROOT}/bin/relayd.js`);
    writeFileSync(service, here);
    const units = readdirSync(folder).map((name) => path.join(folder, name));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });

  test(`finds the service exposed to less than ${MOST_EXPOSED} of 10`, () => {
    const args = ['security', '--offline=true', '--no-pager', path.join(UNITS, 'relayd.service')];
    const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const exposure = /exposure level for relayd\.service: ([\d.]+)/.exec(stdout)?.[1];
    expect(Number(exposure), stdout).toBeLessThan(MOST_EXPOSED);
  });
});

test('each socket has a name that relayd knows, on the port of the product', () => {
  const ports = Object.fromEntries(
    SOCKETS.map((unit) => [
      valuesOf(unit, 'FileDescriptorName').join(),
      [...new Set(valuesOf(unit, 'ListenStream').map((at) => at.split(':').at(-1)))].join(),
    ]),
  );
  expect(ports).toEqual({ submission: '587', submissions: '465', smtp: '25', http: '8080', acme: '80' });
  for (const name of Object.keys(ports)) expect(SOCKET_USES).toContain(name);
});

test('each socket belongs to the service, which starts those of submission itself', () => {
  for (const unit of SOCKETS) expect(valuesOf(unit, 'Service')).toEqual(['relayd.service']);
  expect(valuesOf('relayd.service', 'Sockets')).toEqual([
    'relayd-submission.socket relayd-submissions.socket',
  ]);
});
