/**
 * What nodes share of the limits of shaping, and what outlasts a restart: messages counted in windows of a minute, an hour
 * and a day; limits that the relay set itself; what an operator has suspended.
 *
 * Promises: in no window of that length more tokens are given out than the limit says, whoever asks, however often, and
 * whoever ends in between. A window is counted in 60 slots; a token is of the slot in which it was given out, and void when
 * that has ended. So up to a sixtieth of the limit more waits than had to.
 */
import type { AutomaticLimit } from '../policy/shaping/automatic-limit.ts';
import type { LimitingReply } from '../policy/shaping/next-limit.ts';

export interface WindowLeaseRequest {
  /** The limit, and what it counts: unique for a window's length. */
  readonly bucket: string;
  readonly windowMs: number;
  /** Tokens in a window. */
  readonly limit: number;
  /** Whole tokens. */
  readonly wanted: number;
  readonly nowMs: number;
}

export interface WindowLease {
  readonly granted: number;
  /** Epoch milliseconds: the tokens are void from then on. */
  readonly endsAtMs: number;
  /** Epoch milliseconds: when more may be had; `undefined`: all that was wanted was given. */
  readonly moreAtMs: number | undefined;
}

/** Tokens that were not used, and will not be. */
export interface UnusedTokens {
  readonly bucket: string;
  readonly windowMs: number;
  /** Of the slot that ends then. */
  readonly endsAtMs: number;
  readonly count: number;
}

export const SUSPENSION_KINDS = ['destination', 'source', 'account'] as const;
export type SuspensionKind = (typeof SUSPENSION_KINDS)[number];

/** By an operator. */
export interface Suspension {
  readonly kind: SuspensionKind;
  /** A recipient domain, the name of a source, the id of an account. */
  readonly subject: string;
  readonly atMs: number;
  /** relayd ends it then; `undefined`: somebody resumes it. */
  readonly untilMs: number | undefined;
  readonly reason: string | undefined;
  readonly actor: string;
}

export interface ShapingReader {
  /** As they were written: policy/shaping/next-limit.ts says what each is by now. */
  destinationLimits(): Promise<readonly AutomaticLimit[]>;
  /** Also those whose end has come, and was not written yet. */
  suspensions(): Promise<readonly Suspension[]>;
  /** Ids of accounts of which {@link ShapingWriter.resume} was said, and not all is released yet. */
  accountsResuming(): Promise<readonly string[]>;
}

export interface ShapingWriter {
  /**
   * What a remote said, on top of the limit that there is, with an event `destination_limited` of the server when it changes.
   * Resolves to the limit from now on.
   */
  limitDestination(said: LimitingReply): Promise<AutomaticLimit>;
  /**
   * Writes the steps of limits that are due, each with its event, and the new times of those that a clock wrote which was set back
   * since, without one. Resolves to the number of limits that changed.
   */
  raiseLimits(nowMs: number): Promise<number>;
  /** Lifts the limits of these subjects, from every source. Resolves to their number. */
  liftLimits(subjects: readonly string[], nowMs: number, actor: string): Promise<number>;
  /**
   * Of a source or an account; in place of an earlier one. Of a destination: QueueWriter.suspendDestination. From its commit on
   * deliveries of the account are `held` when they are accepted or return; those that wait are left to QueueWriter.hold.
   */
  suspend(suspension: Suspension): Promise<void>;
  /** All of the account that was held for its suspension is released. */
  resumed(accountId: string): Promise<void>;
  /**
   * False: it was not suspended. An account's new mail is not held any more; what was held for it is left to
   * QueueWriter.releaseSuspended, then to {@link resumed}. What sending health holds, an operator or a route held before, stays.
   */
  resume(which: Pick<Suspension, 'kind' | 'subject'>, nowMs: number, actor: string): Promise<boolean>;
  /**
   * The same, where its end has come by `nowMs`. False: somebody has ended it, or another has taken its place. Of a destination:
   * QueueWriter.endDestinationSuspension.
   */
  endSuspension(which: Pick<Suspension, 'kind' | 'subject'>, nowMs: number, actor: string): Promise<boolean>;
  leaseWindow(request: WindowLeaseRequest): Promise<WindowLease>;
  returnTokens(unused: readonly UnusedTokens[]): Promise<void>;
}

/** Those that give out tokens. */
export type WindowWriter = Pick<ShapingWriter, 'leaseWindow' | 'returnTokens'>;

/** Slots of a window. */
export const WINDOW_SLOTS = 60;
