/**
 * A machine of its own that systemd boots (booted.sh), for tests that install packages: whether this one can do that, and what
 * a script printed there, by its sections (`== name`).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const SUPPORT = import.meta.dirname;
const PROGRAMS = ['dpkg-deb', 'apt-get', 'systemd-nspawn', 'unshare', 'ip', 'adduser', 'man', 'curl'];
const missing = PROGRAMS.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
const BOOT_LIMIT_MS = 90_000;
const LIFE_LIMIT_MS = 600_000;

/** In the name of what is skipped. */
export const NEEDS =
  missing.length > 0 ? `needs ${missing.join(', ')}` : 'needs root, and a machine that can boot itself';

/** Containers often have neither an overlay nor control groups to boot with. */
export const CANNOT_BOOT = process.getuid?.() !== 0 || missing.length > 0 || !boots();

function boots(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-boot-'));
  try {
    const script = path.join(folder, 'script');
    writeFileSync(script, 'echo it boots > /mnt/output\n');
    const { stdout } = spawnSync(path.join(SUPPORT, 'booted.sh'), [script], {
      encoding: 'utf8',
      timeout: BOOT_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    return stdout.startsWith('it boots\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of `script`, a file of this folder, with `files` in /mnt. `outside`: with the world of outside.ts around it. */
export function lifeOf(
  script: string,
  files: readonly string[],
  { outside }: { readonly outside: boolean },
): { readonly text: string; readonly sections: ReadonlyMap<string, string> } {
  const world = `${process.execPath} --no-warnings ${path.join(SUPPORT, 'outside.ts')}`;
  const life = spawnSync(path.join(SUPPORT, 'booted.sh'), [path.join(SUPPORT, script), ...files], {
    env: { ...process.env, OUTSIDE: outside ? world : '' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: LIFE_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  expect(life.stderr + life.stdout, 'it went to its end').toContain('\n== left\n');
  const sections = new Map(
    life.stdout
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]),
  );
  return { text: life.stdout, sections };
}

/** The path of the package, made in `folder`. */
export function buildDebianPackage(folder: string): string {
  const { stderr } = spawnSync('packaging/debian/build-deb.sh', [folder], {
    cwd: ROOT,
    env: { ...process.env, DEB_COMPRESSION: 'gzip' },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  return path.join(folder, file);
}
