/**
 * The result of an attempt for one recipient of a queue entry, in the terms of the policy, with its records. Data, like
 * attempt.ts; outcome/recipient-attempts.ts creates it from an attempt.
 */
import type { RecipientResult } from '../../policy/outcome-facts.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

export interface RecipientAttempt {
  readonly result: RecipientResult;
  /** In order of time. */
  readonly records: readonly AttemptRecord[];
  readonly host: string | undefined;
  readonly retryAtMs?: number | undefined;
  /** Tells of it beside `records`, and is kept elsewhere: with the destination, or it was kept before. */
  readonly lastTry?: AttemptRecord | undefined;
  readonly remoteSendsDsns?: boolean;
  /** The session was at fault: its tries are recorded, and its result does not count. */
  readonly ofSession?: boolean;
  /** The host is not of the best preference: those could not be reached, or did not take it. */
  readonly primaryUnreachable?: boolean;
}

/** Hosts of a site that were asked in turn and did not take an entry, for a reason of their own. RFC 5321 §5.1. */
export interface HostRound {
  /** Their names: each is asked once. */
  readonly hosts: ReadonlySet<string>;
  /** By delivery: the answer that stands if no other host gives a better one, with all tries so far. */
  readonly answers: ReadonlyMap<number, RecipientAttempt>;
}
