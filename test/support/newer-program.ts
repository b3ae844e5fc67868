/**
 * The program as a later release might be: what was built, copied, with one more migration of PostgreSQL's schema and another
 * version. Its folder goes with the process.
 */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MIGRATIONS } from '../../src/store/postgres/migrations/index.ts';
import type { PostgresMigration } from '../../src/store/postgres/migrations/migration.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The folder of the program; `npm run build` came before. */
export function newerProgram(version: string, migration: Pick<PostgresMigration, 'up' | 'breaking'>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-newer-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['bin', 'config', 'dist']) {
    cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const about = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...about, version }));
  const next: PostgresMigration = { version: MIGRATIONS.length + 1, name: 'next', ...migration };
  appendFileSync(
    path.join(folder, 'dist/store/postgres/migrations/index.js'),
    `\nMIGRATIONS.push(${JSON.stringify(next)});\n`,
  );
  return folder;
}
