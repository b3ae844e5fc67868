/**
 * The roles that every engine runs from the same statements, each bound once to the engine's runner of steps: a new noun of
 * administration is an entry here. Roles that an engine implements itself, or adds to, are in its `open.ts` and `reader.ts`.
 */
import type { CopiedTable } from '../copy/copied-table.ts';
import type { StoreReads, StoreWrites } from '../store.ts';
import { auditReads, auditStretchRead, auditTables, auditWrites } from './audit/audit-log.ts';
import { directoryReads, directoryTables, directoryWrites } from './directory/directory.ts';
import { dataKeyReads, dataKeyTables, dataKeyWrites } from './directory/data-keys.ts';
import { lastUseWrites } from './directory/credential-use.ts';
import { createLoginWrites, loginReads, loginTables } from './directory/logins.ts';
import { sealedReads, sealedTables, sealedWrites } from './directory/sealed-secrets.ts';
import { suppressionReads, suppressionTables, suppressionWrites } from './directory/suppressions.ts';
import { egressReads, egressTables, egressWrites } from './egress/egress.ts';
import { erasureReads, erasureTables } from './erasure/erasure.ts';
import { eventReads } from './events/event-reads.ts';
import { findingReads, findingTables, findingWrites } from './findings/findings.ts';
import { queueReads } from './queue/queue-reads.ts';
import { peopleReads, peopleTables, peopleWrites } from './people/people.ts';
import { keepRefusedMessage, refusalReads, refusalTables } from './refusals/refused-messages.ts';
import { reportReads } from './reports/reported-message.ts';
import { unverifiedReportReads, unverifiedReportTables } from './reports/unverified-reports.ts';
import { removalReads } from './removal/account-removal.ts';
import { searchIndexReads, searchWrites } from './search/index-messages.ts';
import { searchReads } from './search/search-messages.ts';
import { healthReads } from './statistics/health-reads.ts';
import { shapingReads, shapingTables, shapingWrites } from './shaping/shaping.ts';
import { statisticReads } from './statistics/statistics-reads.ts';
import type { ReadRunner, WriteRunner } from './steps.ts';
import { templateReads, templateTables, templateWrites } from './templates/templates.ts';
import { unsubscribeReads } from './unsubscribes/unsubscribes.ts';
import { webhookReads } from './webhooks/webhook-reads.ts';
import { webhookTables } from './webhooks/webhook-rows.ts';
import { createChunkedWebhookWrites, webhookWrites } from './webhooks/webhook-writes.ts';

export function sharedReads(runner: ReadRunner) {
  return {
    ...runner.reads(directoryReads),
    ...runner.reads(auditReads),
    ...runner.snapshotReads(auditStretchRead),
    ...runner.reads(removalReads),
    ...runner.reads(erasureReads),
    ...runner.reads(suppressionReads),
    ...runner.reads(findingReads),
    ...runner.reads(egressReads),
    ...runner.reads(shapingReads),
    ...runner.reads(queueReads),
    ...runner.reads(searchIndexReads),
    ...runner.snapshotReads(searchReads),
    ...runner.reads(eventReads),
    ...runner.reads(healthReads),
    ...runner.reads(loginReads),
    ...runner.reads(templateReads),
    ...runner.reads(reportReads),
    ...runner.reads(unsubscribeReads),
    ...runner.reads(sealedReads),
    ...runner.reads(dataKeyReads),
    ...runner.reads(refusalReads),
    ...runner.snapshotReads(peopleReads),
    ...runner.reads(unverifiedReportReads),
    ...runner.snapshotReads(statisticReads),
    ...runner.reads(webhookReads),
  } satisfies Partial<StoreReads>;
}

export function sharedWrites(runner: WriteRunner) {
  return {
    directory: runner.writes(directoryWrites),
    audit: runner.writes(auditWrites),
    usage: runner.writes(lastUseWrites),
    suppressions: runner.writes(suppressionWrites),
    secrets: runner.writes(sealedWrites),
    dataKeys: runner.writes(dataKeyWrites),
    logins: runner.writes(createLoginWrites()),
    refusals: {
      keepRefused: (message) => runner.write(() => keepRefusedMessage(message), message.headers.byteLength),
    },
    templates: runner.writes(templateWrites),
    findings: runner.writes(findingWrites),
    egress: runner.writes(egressWrites),
    shaping: runner.writes(shapingWrites),
    people: runner.writes(peopleWrites),
    search: runner.writes(searchWrites),
    webhooks: { ...runner.writes(webhookWrites), ...createChunkedWebhookWrites(runner) },
  } satisfies Partial<StoreWrites>;
}

/** What a copy to another engine has of these roles. A table comes after the tables that it refers to. */
export const SHARED_TABLES: readonly CopiedTable[] = [
  ...directoryTables,
  ...auditTables,
  ...suppressionTables,
  ...erasureTables,
  ...loginTables,
  ...sealedTables,
  ...dataKeyTables,
  ...webhookTables,
  ...templateTables,
  ...unverifiedReportTables,
  ...refusalTables,
  ...findingTables,
  ...egressTables,
  ...shapingTables,
  ...peopleTables,
];
