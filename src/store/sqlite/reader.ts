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
import { eventReads } from '../sql/events/event-reads.ts';
import { queueReads } from '../sql/queue/queue-reads.ts';
import { reportReads } from '../sql/reports/reported-message.ts';
import { directoryReads } from '../sql/directory/directory.ts';
import { egressReads } from '../sql/egress/egress.ts';
import { findingReads } from '../sql/findings/findings.ts';
import { loginReads } from '../sql/directory/logins.ts';
import { sealedReads } from '../sql/directory/sealed-secrets.ts';
import { suppressionReads } from '../sql/directory/suppressions.ts';
import { webhookReads } from '../sql/webhooks/webhook-reads.ts';
import { healthReads } from '../sql/statistics/health-reads.ts';
import { statisticReads } from '../sql/statistics/statistics-reads.ts';
import { refusalReads } from '../sql/refusals/refused-messages.ts';
import { unverifiedReportReads } from '../sql/reports/unverified-reports.ts';
import { templateReads } from '../sql/templates/templates.ts';

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
    ...steps.reads(directoryReads),
    ...steps.reads(suppressionReads),
    ...steps.reads(findingReads),
    ...steps.reads(egressReads),
    ...steps.reads(queueReads),
    ...steps.reads(eventReads),
    ...reads(createContentReader(db)),
    ...steps.reads(healthReads),
    ...steps.reads(idempotencyReads),
    ...steps.reads(loginReads),
    ...steps.reads(templateReads),
    ...steps.reads(reportReads),
    ...steps.reads(sealedReads),
    ...steps.reads(refusalReads),
    ...steps.reads(unverifiedReportReads),
    ...steps.snapshotReads(statisticReads),
    ...steps.reads(webhookReads),
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
