/**
 * Reading beside the writer, on a read-only connection of one's own: in another thread or another process, without
 * waiting for it. Every call is a short read; a long one would keep the WAL from being reused.
 */
import type { StoreReads } from '../store.ts';
import { openReadOnly } from './engine/connection.ts';
import { reads } from './engine/reads.ts';
import { createContentReader } from './spool/content-reader.ts';
import { createDirectoryReader } from './directory/directory-reader.ts';
import { createHealthReader } from './statistics/health-reader.ts';
import { createIdempotencyReader } from './spool/idempotency.ts';
import { createLoginReader } from './directory/logins.ts';
import { createQueueReader } from './queue/queue-reader.ts';
import { createRefusalReader } from './queue/refused-messages.ts';
import { createReportReader } from './reports/report-reader.ts';
import { createSealedReader } from './directory/sealed-secrets.ts';
import { createTemplateReader } from './templates/templates.ts';
import { createStatisticsReader } from './statistics/statistics-reader.ts';
import { createWebhookReader } from './webhooks/webhook-reader.ts';

export interface SqliteReader extends StoreReads {
  /** True when another connection committed since the last call. Costs about 2 µs. */
  changed(): boolean;
  close(): void;
}

/** StoreError `not-found` when there is no database yet, `incompatible`, `failed`. */
export function openSqliteReader(dataDir: string): SqliteReader {
  const db = openReadOnly(dataDir);
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
  let seen = dataVersion.get();
  return {
    ...reads(createDirectoryReader(db)),
    ...reads(createQueueReader(db)),
    ...reads(createContentReader(db)),
    ...reads(createHealthReader(db)),
    ...reads(createIdempotencyReader(db)),
    ...reads(createLoginReader(db)),
    ...reads(createTemplateReader(db)),
    ...reads(createReportReader(db)),
    ...reads(createSealedReader(db)),
    ...reads(createRefusalReader(db)),
    ...reads(createStatisticsReader(db)),
    ...reads(createWebhookReader(db)),
    changed() {
      const version = dataVersion.get();
      const moved = version !== seen;
      seen = version;
      return moved;
    },
    close: () => void db.close(),
  };
}
