/**
 * What became of mail, counted by hour for accounts, sending domains, streams and destinations, and what health
 * (policy/health.ts) has decided about accounts and streams. Counting happens in the transactions that settle
 * deliveries and apply reports; notifications (DSNs) are left out. Kept a little longer than a day.
 */
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

/** One stream as it is to be judged. */
export interface StreamTotals {
  readonly accountId: string;
  readonly accountName: string;
  readonly stream: string;
  /** Since the stream's last release, within the window. */
  readonly counts: HealthCounts;
  /** Since the last release of stream or account. */
  readonly countsForAccount: HealthCounts;
}

/** What an account or a stream is under. */
export interface HealthState {
  readonly accountId: string;
  readonly accountName: string;
  /** Empty: the whole account. */
  readonly stream: string;
  readonly level: HealthLevel;
  /** In words; empty when it is good. */
  readonly reason: string;
  /** Deliveries a minute while it is throttled. */
  readonly perMinute: number | undefined;
  readonly sinceMs: number;
}

export interface HealthChange extends Omit<HealthState, 'accountName' | 'sinceMs'> {
  readonly atMs: number;
}

export interface HealthReader {
  /** Subjects of a kind with anything counted from the hour of `sinceMs` on, most deliveries first. */
  healthTotals(kind: HealthKind, sinceMs: number, limit: number): Promise<readonly HealthTotal[]>;
  /** Every stream with anything counted from the hour of `sinceMs` on. */
  streamTotals(sinceMs: number): Promise<readonly StreamTotals[]>;
  /** Those that are not good, accounts before their streams. */
  healthStates(): Promise<readonly HealthState[]>;
}

export interface HealthWriter {
  /**
   * From its commit on: `hold` keeps new deliveries of the account or stream, and those that come back from an attempt,
   * as `held`; `throttle` lets `perMinute` of them through a minute. What waits already is left to QueueWriter.hold.
   */
  setHealth(change: HealthChange, actor: string): Promise<void>;
  /**
   * Lifts whatever the account (with all its streams), or one stream, or everything is under; counting starts afresh
   * with the next full hour. Deliveries that are held stay so: see QueueWriter.release. Resolves to the number lifted.
   */
  releaseHealth(
    selection: { readonly accountId: string | undefined; readonly stream: string | undefined },
    nowMs: number,
    actor: string,
  ): Promise<number>;
}
