/** What the scripts of the Debian package do to files that the operator has changed, run on a folder in place of the machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPTS = path.resolve(import.meta.dirname, '../../packaging/debian');
/** Programs of the machine, which do nothing here. */
const HARMLESS = ['adduser', 'deluser', 'deb-systemd-helper', 'deb-systemd-invoke', 'systemctl', 'getent'];

let machine: string;
let toml: string;
beforeEach(() => {
  machine = mkdtempSync(path.join(tmpdir(), 'postern-deb-'));
  const bin = path.join(machine, 'bin');
  for (const folder of [bin, at('/etc/postern'), at('/var/lib/postern'), at('/srv')])
    mkdirSync(folder, { recursive: true });
  for (const name of HARMLESS) program(name, 'exit 0');
  program('dpkg-statoverride', 'exit 1');
  // The user of the package is none of this machine.
  program('chown', `[ -e "$2" ] || exit 1; echo "$@" >> "${machine}/chown.log"`);
  program('stat', `[ -e "$3" ] && cat "${machine}/owner"`);
  toml = at('/etc/postern/relay.toml');
  writeFileSync(toml, 'as it is\n', { mode: 0o640 });
  ownedBy('root:root');
});
afterEach(() => rmSync(machine, { recursive: true }));

const at = (file: string) => path.join(machine, file);
const ownedBy = (owner: string) => writeFileSync(at('owner'), `${owner}\n`);

function program(name: string, text: string): void {
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

function run(script: string, ...args: readonly string[]) {
  const text = readFileSync(path.join(SCRIPTS, script), 'utf8').replaceAll(
    /(?<=[\s"])\/(?=etc\/|var\/lib\/)/g,
    `${machine}/`,
  );
  const { status, stderr } = spawnSync('sh', ['-c', text, script, ...args], {
    env: { PATH: `${at('bin')}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return status;
}

const mode = (file: string) => execFileSync('/usr/bin/stat', ['-c', '%a', file], { encoding: 'utf8' }).trim();
const owners = () => (existsSync(at('chown.log')) ? readFileSync(at('chown.log'), 'utf8') : '');

test('the first installation gives the configuration to the server, for nobody else to read', () => {
  chmodSync(toml, 0o644);
  expect(run('postinst', 'configure')).toBe(0);
  expect(mode(toml)).toBe('640');
  expect(owners()).toContain(`root:postern ${toml}`);
});

test('an upgrade leaves the rights that the operator has given it', () => {
  ownedBy('ops:postern');
  chmodSync(toml, 0o600);
  expect(run('postinst', 'configure', '0.1.0')).toBe(0);
  expect(mode(toml)).toBe('600');
  expect(owners()).toBe('');
});

test('an upgrade goes through where the operator removed the configuration', () => {
  rmSync(toml);
  expect(run('postinst', 'configure', '0.1.0')).toBe(0);
  expect(existsSync(toml)).toBe(false);
});

test('a removal leaves the mail, a purge takes it, and not what a link leads to', () => {
  writeFileSync(at('/srv/mail'), 'x');
  expect(run('postrm', 'remove')).toBe(0);
  expect(existsSync(at('/var/lib/postern'))).toBe(true);
  rmSync(at('/var/lib/postern'), { recursive: true });
  symlinkSync(at('/srv'), at('/var/lib/postern'));
  writeFileSync(at('/etc/postern/fullchain.pem'), 'x');
  expect(run('postrm', 'purge')).toBe(0);
  expect(existsSync(at('/var/lib/postern'))).toBe(false);
  expect(existsSync(at('/srv/mail'))).toBe(true);
  expect(existsSync(at('/etc/postern/fullchain.pem'))).toBe(true);
});
