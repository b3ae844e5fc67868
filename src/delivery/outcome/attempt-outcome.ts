/**
 * The effects of an attempt for the recipients of one entry: the settlements for the store, and the recipients that
 * continue at once. Data; attempt-outcomes.ts creates it, attempt-settler.ts carries it out.
 */
import type { DsnRequest } from '../../dsn/write/write-dsns.ts';
import type { FallbackCause } from '../../policy/egress/route-rules.ts';
import type { Onward } from '../../policy/onward.ts';
import type { AttemptRecord, Settlement } from '../../store/delivery-records.ts';
import type { RecipientAttempt } from '../attempt/recipient-attempt.ts';

export interface AttemptOutcome {
  readonly settlements: readonly Settlement[];
  /** The DSNs that are due. */
  readonly dsns: readonly DsnRequest[];
  /** Recipients that go on at once, in a transaction of their own: positions in `entry.deliveries`. */
  readonly again: readonly number[];
  /** Recipients that go on at once, on a new session or at the next host of the site, with what was said of them so far. */
  readonly onward: ReadonlyMap<number, GoesOn>;
  /** At least one recipient was taken. */
  readonly delivered: boolean;
  /** The remote asked to slow down. */
  readonly rateLimited: boolean;
  /** A reply refused the way that it took, and not the message. */
  readonly refusal?: WayRefusal | undefined;
}

export interface WayRefusal {
  readonly cause: FallbackCause;
  readonly record: AttemptRecord;
  /** Class of the reply. */
  readonly class: string;
}

/** A recipient that continues at once: where, and its records so far. */
export interface GoesOn {
  /** `other-way`: by another source or route. */
  readonly to: NonNullable<Onward> | 'other-way';
  readonly tried: RecipientAttempt;
}
