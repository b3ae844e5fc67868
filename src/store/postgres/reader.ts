/**
 * Reads beside the writer, on a few connections of its own, in any thread or process. Every call sees what was durable when
 * it was made.
 */
import type { StoreReads } from '../store.ts';
import { directoryReads } from '../sql/directory/directory.ts';
import { loginReads } from '../sql/directory/logins.ts';
import { sealedReads } from '../sql/directory/sealed-secrets.ts';
import { suppressionReads } from '../sql/directory/suppressions.ts';
import { eventReads } from '../sql/events/event-reads.ts';
import { queueReads } from '../sql/queue/queue-reads.ts';
import { reportReads } from '../sql/reports/reported-message.ts';
import { egressReads } from '../sql/egress/egress.ts';
import { findingReads } from '../sql/findings/findings.ts';
import { refusalReads } from '../sql/refusals/refused-messages.ts';
import { unverifiedReportReads } from '../sql/reports/unverified-reports.ts';
import { healthReads } from '../sql/statistics/health-reads.ts';
import { statisticReads } from '../sql/statistics/statistics-reads.ts';
import { templateReads } from '../sql/templates/templates.ts';
import { webhookReads } from '../sql/webhooks/webhook-reads.ts';
import { Database } from './engine/database.ts';
import { spoolReads } from './spool/reads.ts';
import { PostgresStepRunner } from './engine/step-runner.ts';
import { fleetReads } from './fleet/nodes.ts';
import type { ReaderOptions } from './options.ts';

const CONNECTIONS = 3;
/** Changes with the directory, and when events get their numbers: webhooks and followers wait for these. */
const VERSION = 'SELECT directory_version + next_event AS version FROM counter';

export interface PostgresReader extends StoreReads {
  /** True when the directory has changed, or events were added to the log, since the last call. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

export function openPostgresReader(options: ReaderOptions): PostgresReader {
  const database = new Database({
    ...options,
    maxConnections: CONNECTIONS,
    applicationName: 'postern reader',
  });
  const steps = new PostgresStepRunner(database);
  let seen: number | undefined;
  const shared = {
    ...steps.reads(directoryReads),
    ...steps.reads(suppressionReads),
    ...steps.reads(findingReads),
    ...steps.reads(egressReads),
    ...steps.reads(queueReads),
    ...steps.reads(eventReads),
    ...steps.reads(reportReads),
    ...steps.reads(healthReads),
    ...steps.reads(loginReads),
    ...steps.reads(templateReads),
    ...steps.reads(sealedReads),
    ...steps.reads(refusalReads),
    ...steps.reads(unverifiedReportReads),
    ...steps.snapshotReads(statisticReads),
    ...steps.reads(webhookReads),
    ...fleetReads(database),
    ...spoolReads(database),
  };
  return {
    ...shared,
    async changed() {
      const version = await database.read(async (session) => {
        const { rows } = await session.query<{ version: number }>(VERSION);
        return rows[0]?.version;
      });
      const moved = seen !== undefined && version !== seen;
      seen = version;
      return moved;
    },
    close: () => database.close(),
  };
}
