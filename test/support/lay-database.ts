/**
 * A new database laid into the folder of a test, as relayd makes it at its first start. Its schema is made once a process:
 * all migrations take fifty milliseconds, and there are thousands of tests.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databasePath, openWriter } from '../../src/store/sqlite/engine/connection.ts';

let laid: Uint8Array | undefined;

/** Nothing happens where there is a database already. */
export function layDatabase(dataDir: string): void {
  const file = databasePath(dataDir);
  if (existsSync(file)) return;
  writeFileSync(file, (laid ??= makeDatabase()), { mode: 0o600 });
}

function makeDatabase(): Uint8Array {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-schema-'));
  openWriter(dataDir, 0).close();
  const database = readFileSync(databasePath(dataDir));
  rmSync(dataDir, { recursive: true });
  return database;
}
