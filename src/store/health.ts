/**
 * Outcomes of mail, counted by hour for accounts, sending domains, streams and destinations, and the decisions of health
 * (policy/health.ts) about accounts and streams. Counts are written in the transactions that settle deliveries and apply
 * reports; DSNs are not counted. Kept a little longer than a day.
 */
import type { HealthTerms } from '../policy/health-terms.ts';
import type { HealthCounts, HealthLevel } from '../policy/health.ts';

export const HEALTH_KINDS = ['account', 'domain', 'stream', 'destination'] as const;
export type HealthKind = (typeof HEALTH_KINDS)[number];

export interface HealthTotal {
  readonly kind: HealthKind;
  /** `undefined` for destinations, which are counted over all accounts. */
  readonly accountId: string | undefined;
  readonly accountName: string | undefined;
  /** Of the domain, stream or destination; the account's own name for accounts. */
  readonly name: string;
  readonly counts: HealthCounts;
}

/** One stream to be judged. */
export interface StreamTotals {
  readonly accountId: string;
  readonly accountName: string;
  /** The account's own limits. */
  readonly healthTerms?: HealthTerms | undefined;
  readonly stream: string;
  /** Since the stream's last release, within the window. */
  readonly counts: HealthCounts;
  /** Since the last release of stream or account. */
  readonly countsForAccount: HealthCounts;
}

/** The restriction of an account or a stream. */
export interface HealthState {
  readonly accountId: string;
  readonly accountName: string;
  /** Empty: the whole account. */
  readonly stream: string;
  readonly level: HealthLevel;
  /** In words; empty for the level `good`. */
  readonly reason: string;
  /** Deliveries a minute while it is throttled. */
  readonly perMinute: number | undefined;
  readonly sinceMs: number;
}

export interface HealthChange extends Omit<HealthState, 'accountName' | 'sinceMs'> {
  readonly atMs: number;
}

export interface HealthReader {
  /** Subjects of a kind with counts from the hour of `sinceMs` on, most deliveries first. */
  healthTotals(kind: HealthKind, sinceMs: number, limit: number): Promise<readonly HealthTotal[]>;
  /** Every stream with counts from the hour of `sinceMs` on. */
  streamTotals(sinceMs: number): Promise<readonly StreamTotals[]>;
  /** Those whose level is not `good`, accounts before their streams. */
  healthStates(): Promise<readonly HealthState[]>;
}

export interface HealthWriter {
  /**
   * In force from its commit on: `hold` keeps new deliveries of the account or stream, and those that return from an attempt,
   * as `held`; `throttle` lets `perMinute` of them through. Deliveries that already wait are left to QueueWriter.hold.
   */
  setHealth(change: HealthChange, actor: string): Promise<void>;
  /**
   * Lifts the restriction of the account (with all its streams), of one stream, or of everything; counting starts again with
   * the next full hour. Held deliveries stay held: see QueueWriter.release. Resolves to the number lifted.
   */
  releaseHealth(
    selection: { readonly accountId: string | undefined; readonly stream: string | undefined },
    nowMs: number,
    actor: string,
  ): Promise<number>;
}
