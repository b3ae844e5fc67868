/** The roles of the store by noun, each its reads and its changes. What is derived of them: store.ts. */
import type { RemovalReader, RemovalWriter } from './account-removal.ts';
import type { AuditReader, AuditWriter } from './audit.ts';
import type { ErasureReader, ErasureWriter } from './erasure.ts';
import type { FindingReader, FindingWriter } from './findings.ts';
import type { ContentReader } from './content-reader.ts';
import type { DataKeyReader, DataKeyWriter } from './data-keys.ts';
import type { DirectoryReader, DirectoryWriter } from './directory.ts';
import type { EgressReader, EgressWriter } from './egress.ts';
import type { FleetReader, FleetWriter } from './fleet.ts';
import type { HealthReader, HealthWriter } from './health.ts';
import type { IdempotencyReader } from './idempotency.ts';
import type { LoginReader, LoginWriter } from './logins.ts';
import type { EventReader, QueueReader, QueueWriter } from './queue-admin.ts';
import type { PeopleReader, PeopleWriter } from './people.ts';
import type { RefusalReader, RefusalWriter } from './refusals.ts';
import type { ReportReader, ReportWriter, UnverifiedReportReader } from './reports.ts';
import type { RetentionCleaner } from './retention.ts';
import type { LimitWriter } from './shared-limits.ts';
import type { SearchReader, SearchWriter } from './search.ts';
import type { SealedReader, SealedWriter } from './sealed-secrets.ts';
import type { ShapingReader, ShapingWriter } from './shaping.ts';
import type { Spool } from './spool.ts';
import type { StatisticsReader } from './stats.ts';
import type { SuppressionReader, SuppressionWriter } from './suppressions.ts';
import type { TemplateReader, TemplateWriter } from './templates.ts';
import type { LastUseReader, LastUseWriter } from './last-use.ts';
import type { UsageReader } from './usage.ts';
import type { UnsubscribeReader, UnsubscribeWriter } from './unsubscribes.ts';
import type { WebhookReader, WebhookWriter } from './webhooks.ts';

export interface Store {
  readonly spool: Spool;
  readonly content: ContentReader;
  readonly directory: DirectoryReader & DirectoryWriter;
  readonly audit: AuditReader & AuditWriter;
  readonly removal: RemovalReader & RemovalWriter;
  readonly erasure: ErasureReader & ErasureWriter;
  readonly suppressions: SuppressionReader & SuppressionWriter;
  readonly queue: QueueReader & QueueWriter;
  readonly search: SearchReader & SearchWriter;
  readonly events: EventReader;
  readonly statistics: StatisticsReader;
  readonly health: HealthReader & HealthWriter;
  readonly logins: LoginReader & LoginWriter;
  readonly reports: ReportReader & UnverifiedReportReader & ReportWriter;
  readonly unsubscribes: UnsubscribeReader & UnsubscribeWriter;
  readonly refusals: RefusalReader & RefusalWriter;
  readonly retention: RetentionCleaner;
  readonly templates: TemplateReader & TemplateWriter;
  readonly webhooks: WebhookReader & WebhookWriter;
  readonly idempotency: IdempotencyReader;
  readonly usage: UsageReader & LastUseReader & LastUseWriter;
  readonly secrets: SealedReader & SealedWriter;
  readonly dataKeys: DataKeyReader & DataKeyWriter;
  readonly findings: FindingReader & FindingWriter;
  readonly fleet: FleetReader & FleetWriter;
  readonly limits: LimitWriter;
  readonly egress: EgressReader & EgressWriter;
  readonly shaping: ShapingReader & ShapingWriter;
  readonly people: PeopleReader & PeopleWriter;
}

export type Role = keyof Store;

/** What each verb of each role does. */
export type VerbTable = {
  readonly [R in Role]: { readonly [Verb in keyof Store[R]]: 'read' | 'write' };
};
