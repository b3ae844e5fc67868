/** The contents of a daily summary, before formatting. Plain data. */
import type { AuditHead } from '../../store/audit.ts';
import type { StatisticCounts } from '../../store/stats.ts';

export interface SummaryFacts {
  readonly hostname: string;
  /** Whole hours. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When it was looked at: queue, checks, disk and what expires are of then. */
  readonly nowMs: number;
  /** Of all accounts. */
  readonly counts: StatisticCounts;
  /** Bounced deliveries by class, those of the relay's own notices among them. */
  readonly bounces: Readonly<Record<string, number>>;
  /** New ones by reason. */
  readonly suppressions: Readonly<Record<string, number>>;
  readonly queue: {
    readonly waiting: number;
    readonly held: number;
    readonly oldestAtMs: number | undefined;
  };
  readonly expiring: readonly Expiring[];
  /** Credentials that may not be needed any more, or may be in other hands. */
  readonly unused: readonly NotedCredential[];
  readonly newNetworks: readonly NotedCredential[];
  readonly failed: readonly FailedCheck[];
  /** `undefined`: the system does not tell. */
  readonly freeBytes: number | undefined;
  /** Of the audit log, to be compared later. */
  readonly auditHead?: AuditHead | undefined;
}

/** Something that will not hold for much longer, or not any more. */
export interface Expiring {
  /** `the TLS certificate`, `credential wordpress of shop`. */
  readonly what: string;
  readonly atMs: number;
}

/** `what`: `credential wordpress of shop`, with the network where that is new. */
export interface NotedCredential {
  readonly what: string;
  readonly atMs: number;
}

export interface FailedCheck {
  readonly name: string;
  readonly sinceMs: number | undefined;
  readonly detail: string;
  readonly remedy?: string | undefined;
}
