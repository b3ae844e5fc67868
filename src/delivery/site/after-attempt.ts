/** Decides what a site does after an attempt besides settling it: whether the session, or the host, is to blame. */
import type { Attempt } from '../attempt/attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';

export type AfterLoss =
  /** The session had gone bad: once more at once on a new one, no attempt is counted. */
  | 'renew'
  /** As good as a 421 in the greeting: no more connections, or nobody gets in for the moment. */
  | 'refused'
  /** It is the entry's own outcome. */
  | 'settle';

export function afterLoss(
  entry: QueueEntry,
  { result, reused }: Attempt,
  { alone, mayGoOn }: { readonly alone: boolean; readonly mayGoOn: boolean },
): AfterLoss {
  if (result.kind !== 'lost') return 'settle';
  const untouched = !result.afterFinalDot && result.replies.every((reply) => reply === undefined);
  const sentAway = result.reply?.code === 421;
  if (!untouched) return 'settle';
  if (!entry.retried && (result.stale || (sentAway && reused))) return 'renew';
  if (!sentAway || reused || result.stage !== 'mail' || entry.inRound) return 'settle';
  // While others get through it is the number of connections; alone it is the host, and another one may do better.
  if (alone ? mayGoOn : entry.retried) return 'settle';
  return 'refused';
}
