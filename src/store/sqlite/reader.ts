/**
 * Reads beside the writer, on a read-only connection of its own: in another thread or another process, without waiting for
 * it. Every call is a short read; a long one would keep the WAL from being reused.
 */
import { NO_FLEET } from '../fleet.ts';
import type { StoreReads } from '../store.ts';
import { openReadOnly } from './engine/connection.ts';
import { reads } from './engine/reads.ts';
import { StepRunner } from './engine/step-runner.ts';
import { createContentReader } from './spool/content-reader.ts';
import { idempotencyReads } from '../sql/directory/idempotency-reads.ts';
import { sharedReads } from '../sql/roles.ts';

export interface SqliteReader extends StoreReads {
  /** True when another connection has committed since the last call. Costs about 2 µs. */
  changed(): boolean;
  close(): void;
}

/** StoreError `not-found` when there is no database yet, `incompatible`, `failed`. */
export function openSqliteReader(dataDir: string): SqliteReader {
  const db = openReadOnly(dataDir);
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
  let seen = dataVersion.get();
  const steps = new StepRunner(db);
  return {
    ...sharedReads(steps),
    ...steps.reads(idempotencyReads),
    ...reads(createContentReader(db)),
    ...NO_FLEET,
    changed() {
      const version = dataVersion.get();
      const moved = version !== seen;
      seen = version;
      return moved;
    },
    close: () => void db.close(),
  };
}
