/**
 * Gathers the facts of a daily summary: statistics of 24 whole hours, and the current queue, checks, disk and certificates
 * that expire within two weeks. Reads in bounded steps, with a turn of the event loop between two.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { CertificateFacts } from '../../policy/certificate.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import type { AuditReader } from '../../store/audit.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import type { EventReader, QueueReader } from '../../store/queue-admin.ts';
import type { LastUseReader } from '../../store/last-use.ts';
import { UNUSED_AFTER_MS } from '../../policy/credential-use.ts';
import { SPAN_MS, type StatisticsReader } from '../../store/stats.ts';
import type { SuppressionReader } from '../../store/suppressions.ts';
import type { WebhookReader } from '../../store/webhooks.ts';
import type { Expiring, NotedCredential, SummaryFacts } from './summary-facts.ts';

export interface SummarySources {
  readonly config: { readonly hostname: string };
  readonly reader: StatisticsReader &
    Pick<EventReader, 'countBounces'> &
    Pick<WebhookReader, 'eventSequenceAt'> &
    Pick<SuppressionReader, 'countSuppressions'> &
    Pick<QueueReader, 'summary'> &
    Pick<AuditReader, 'auditHead'> &
    Pick<DirectoryReader, 'listAccounts' | 'credentialsExpiring'> &
    Pick<LastUseReader, 'unusedCredentials' | 'newNetworks' | 'certificatesEnding'>;
  readonly checks: () => Promise<readonly TimedResult[]>;
  readonly certificate: () => CertificateFacts;
  /** Free octets; `undefined`: the system does not tell. */
  readonly freeBytes: () => Promise<number | undefined>;
}

const SOON_MS = 14 * SPAN_MS.day;
const HOURS = 24;
/** Credentials that expire, listed by name. */
const MOST_OF_ACCOUNT = 20;

/** Of the 24 whole hours before `endMs`. Rejects with StoreError. */
export async function gatherSummary(
  { config, reader, checks, certificate, freeBytes }: SummarySources,
  endMs: number,
  nowMs: number,
): Promise<SummaryFacts> {
  const toMs = Math.floor(endMs / SPAN_MS.hour) * SPAN_MS.hour;
  const fromMs = toMs - HOURS * SPAN_MS.hour;
  const { total } = await reader.statistics({
    accountIds: [],
    span: 'hour',
    fromMs,
    toMs,
    of: undefined,
    group: undefined,
    limit: 1,
  });
  const { scheduled, queued, deferred, held, oldestAtMs } = await reader.summary(0);
  const results = await checks();
  return {
    hostname: config.hostname,
    fromMs,
    toMs,
    nowMs,
    counts: total.counts,
    bounces: await countBounces(reader, fromMs, toMs),
    suppressions: await countSuppressions(reader, fromMs, toMs),
    queue: { waiting: scheduled + queued + deferred, held, oldestAtMs },
    expiring: [
      ...certificateExpiring(certificate(), nowMs),
      ...(await credentialsExpiring(reader, { fromMs, nowMs })),
    ],
    ...(await credentialsInUse(reader, { fromMs, nowMs })),
    failed: results.filter(({ ok }) => !ok),
    freeBytes: await freeBytes(),
    auditHead: await reader.auditHead(),
  };
}

async function countBounces(reader: SummarySources['reader'], fromMs: number, toMs: number) {
  const sums: Record<string, number> = {};
  const upTo = (await reader.eventSequenceAt(toMs)) - 1;
  for (let after = (await reader.eventSequenceAt(fromMs)) - 1; after < upTo;) {
    const { classes, next } = await reader.countBounces(after, upTo);
    add(sums, classes);
    after = next;
    await turn();
  }
  return sums;
}

async function countSuppressions(reader: SummarySources['reader'], fromMs: number, toMs: number) {
  const sums: Record<string, number> = {};
  let place: string | undefined;
  do {
    const { reasons, next } = await reader.countSuppressions(fromMs, toMs, place);
    add(sums, reasons);
    place = next;
    await turn();
  } while (place !== undefined);
  return sums;
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}

function certificateExpiring({ certificate }: CertificateFacts, nowMs: number): readonly Expiring[] {
  if (certificate === undefined || certificate.notAfterMs - nowMs > SOON_MS) return [];
  return [{ what: 'the TLS certificate', atMs: certificate.notAfterMs }];
}

/** Those that expired since the last summary are listed once more. */
async function credentialsExpiring(
  reader: SummarySources['reader'],
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<readonly Expiring[]> {
  const expiring: Expiring[] = [];
  for (const account of await reader.listAccounts()) {
    const soon = await reader.credentialsExpiring(account.id, fromMs, nowMs + SOON_MS, MOST_OF_ACCOUNT);
    for (const { name, expiresAtMs: atMs } of soon)
      if (atMs !== undefined) expiring.push({ what: `credential ${name} of ${account.name}`, atMs });
    const ending = await reader.certificatesEnding(account.id, fromMs, nowMs + SOON_MS, MOST_OF_ACCOUNT);
    for (const { name, atMs } of ending)
      expiring.push({ what: `the client certificate of credential ${name} of ${account.name}`, atMs });
    await turn();
  }
  return expiring;
}

async function credentialsInUse(
  reader: SummarySources['reader'],
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<Pick<SummaryFacts, 'unused' | 'newNetworks'>> {
  const unused: NotedCredential[] = [];
  const newNetworks: NotedCredential[] = [];
  for (const { id, name: account } of await reader.listAccounts()) {
    const before = nowMs - UNUSED_AFTER_MS;
    for (const { name, sinceMs: atMs } of await reader.unusedCredentials(id, before, nowMs, MOST_OF_ACCOUNT))
      unused.push({ what: `credential ${name} of ${account}`, atMs });
    for (const { name, network, atMs } of await reader.newNetworks(id, fromMs, MOST_OF_ACCOUNT))
      newNetworks.push({ what: `credential ${name} of ${account}: ${network}`, atMs });
    await turn();
  }
  return { unused, newNetworks };
}
