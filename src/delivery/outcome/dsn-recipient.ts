/** One recipient of a DSN: the text of its outcome and the last try. */
import type { DsnRecipient } from '../../dsn/write/dsn-facts.ts';
import { authorAction, NOTHING_TO_DO_YET } from '../../policy/author-words.ts';
import { CLASS_EXPLANATIONS } from '../../policy/bounce-classes.ts';
import type { Outcome } from '../../policy/outcome-facts.ts';
import { giveUpAtMs } from '../../policy/retry.ts';
import type { AttemptRecord, ClaimedDelivery } from '../../store/delivery-records.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { lifetimeOf } from './settlement.ts';

/** `attempt`: the last try, `undefined` when none was made. */
export function dsnRecipient(
  { facts }: QueueEntry,
  { recipient, originalRecipient }: ClaimedDelivery,
  what: {
    readonly outcome: Outcome;
    readonly attempt: AttemptRecord | undefined;
    readonly maxAgeMs: number;
  },
): DsnRecipient {
  const { outcome, attempt, maxAgeMs } = what;
  const about = {
    recipient,
    originalRecipient,
    remoteHost: attempt?.host,
    lastAttemptAtMs: attempt?.atMs,
    willRetryUntilMs: outcome.dsn === 'delayed' ? giveUpAtMs(lifetimeOf(facts, maxAgeMs)) : undefined,
  };
  const { failure } = outcome;
  if (failure !== undefined) {
    const late = outcome.dsn === 'delayed';
    const action = late ? NOTHING_TO_DO_YET : authorAction(failure.class, failure.lastClass);
    return { ...about, ...failure, action };
  }
  const { reply, status } = outcome.eventData;
  const words = { reply: String(reply), status: String(status), replied: true };
  return { ...about, ...words, ...CLASS_EXPLANATIONS.delivered };
}
