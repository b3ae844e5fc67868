/**
 * What happened to one recipient of a queue entry, in the words of the policy, with the records that tell of it. Data,
 * like attempt.ts: what makes it of an attempt is outcome/recipient-attempts.ts.
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
  /** The session was at fault: its tries are told of, and its result never stands. */
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
