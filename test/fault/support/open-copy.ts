/**
 * The program in a folder that every user may enter: the clone may lie where only its owner gets in, such as root's home, and
 * then another user could start neither Node.js nor relayd.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

export interface OpenCopy {
  /** Remove it when it is done with. */
  readonly folder: string;
  readonly node: string;
}

/** With what `npm run build` left, and the packages that the product needs to run. */
export function makeOpenCopy(): OpenCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-test-copy-'));
  for (const name of ['package.json', 'bin', 'config', 'dist', ...packagesInUse()])
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, dereference: true });
  const node = path.join(folder, 'node');
  copyFileSync(process.execPath, node);
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  chmodSync(node, 0o755);
  return { folder, node };
}

function packagesInUse(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
  };
  return Object.keys(packages).filter(
    (at) => at !== '' && packages[at]?.dev !== true && packages[at]?.optional !== true,
  );
}
