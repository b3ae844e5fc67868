/**
 * What is known of the sources that mail leaves from, for all nodes that share the store and over restarts: the days of
 * their warm-up, and the providers that a source is not used for. Only sources in warm-up have days.
 *
 * Promises: of a day's ceiling no more is ever given out than it says, whoever asks, however often, and whoever ends in
 * between. A ceiling is set by the first who asks on that day; it may fall, it never rises.
 */
import type { SourceDay } from '../policy/egress/source-forecast.ts';
import type { SourceLimit } from '../policy/egress/source-limit.ts';
import type { WarmUpReason } from '../policy/egress/warm-up.ts';

/** A day of one source at one provider. */
export interface SourceDayKey {
  readonly source: string;
  readonly provider: string;
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
}

export interface SourceLeaseRequest extends SourceDayKey {
  /** Place in the plan. */
  readonly step: number;
  /** As the plan and the days before have it. */
  readonly ceiling: number;
  readonly reason: WarmUpReason;
  /** Whole tokens, one a recipient; 0 sets the ceiling and takes none. */
  readonly wanted: number;
}

export interface SourceLease {
  /** Theirs who asked; to use on that day. */
  readonly granted: number;
  /** Of the day, as it stands. */
  readonly ceiling: number;
  /** Given out, these included. */
  readonly reserved: number;
}

/** What happened since the last count. */
export interface SourceCount extends SourceDayKey {
  readonly handedOver: number;
  readonly turnedAway: number;
  /** Tokens that were not used and will not be: others may have them. */
  readonly returned: number;
}

export interface EgressReader {
  /** From `sinceDay` on, by source, provider and day. `source`: `undefined` for all. */
  sourceDays(filter: {
    readonly source: string | undefined;
    readonly sinceDay: number;
  }): Promise<readonly StoredSourceDay[]>;
  /** Also those that are over, for a while. */
  sourceLimits(): Promise<readonly SourceLimit[]>;
}

export interface StoredSourceDay extends SourceDay {
  readonly reason: WarmUpReason;
}

export interface EgressWriter {
  leaseSource(request: SourceLeaseRequest): Promise<SourceLease>;
  /** Days that nobody has leased of are left out. */
  countSources(counts: readonly SourceCount[]): Promise<void>;
  /** A complaint about mail that left from it: of the newest day up to `day`. */
  countComplaint(key: SourceDayKey): Promise<void>;
  /**
   * Takes a source out for a provider by policy/egress/source-limit.ts, with an event `source_limited` of the server; while
   * it is out already, nothing changes. Resolves to the limit in force and whether it is new.
   */
  limitSource(
    refusal: Pick<SourceLimit, 'source' | 'provider' | 'atMs' | 'class' | 'reply'>,
  ): Promise<{ readonly limit: SourceLimit; readonly isNew: boolean }>;
  /** Mail of the source was taken after its limit was over: the next one is the first again. */
  forgetSourceLimit(source: string, provider: string, nowMs: number): Promise<void>;
}
