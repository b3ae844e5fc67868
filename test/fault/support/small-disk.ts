/** A small file system of its own in memory, for tests of one that runs full. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MIB = 1024 * 1024;

/** A file system in memory, and a file on it that takes as much of it as wanted. */
export class SmallDisk implements Disposable {
  readonly #mount = mkdtempSync(path.join(tmpdir(), 'postern-full-'));
  readonly dataDir = path.join(this.#mount, 'data');

  constructor(sizeMib: number) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', this.#mount]);
    mkdirSync(this.dataDir, { mode: 0o700 });
  }

  /** Fills the file system until `bytes` are free; `Infinity` takes all filling away. */
  leaveFree(bytes: number): void {
    for (const name of readdirSync(this.#mount)) {
      if (name.startsWith('filling')) rmSync(path.join(this.#mount, name));
    }
    for (let part = 0; ; part++) {
      const { bavail, bsize } = statfsSync(this.#mount);
      const size = Math.min(bavail * bsize - bytes, 16 * MIB);
      if (!(size > 0)) return;
      writeFileSync(path.join(this.#mount, `filling-${part}`), Buffer.alloc(size));
    }
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.#mount]);
    rmSync(this.#mount, { recursive: true });
  }
}

/** Only root on Linux may. */
export function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
}
