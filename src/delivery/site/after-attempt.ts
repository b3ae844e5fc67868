/** What a site does after an attempt besides settling it: whether the session, or the host, is to blame. Decides only. */
import type { AttemptRecord } from '../../store/records.ts';
import { attemptRecord, type Attempt } from './attempt.ts';
import { isInRound } from './host-rounds.ts';
import type { Parcel } from '../claims/parcel.ts';

export type AfterLoss =
  /** The session had gone bad: once more at once on a new one, no attempt is counted. */
  | 'renew'
  /** As good as a 421 in the greeting: no more connections, or nobody gets in for the moment. */
  | 'refused'
  /** It is the parcel's own outcome. */
  | 'conclude';

export function afterLoss(
  parcel: Parcel,
  { result, reused }: Attempt,
  { alone, mayGoOn }: { readonly alone: boolean; readonly mayGoOn: boolean },
): AfterLoss {
  if (result.kind !== 'lost') return 'conclude';
  const untouched = !result.afterFinalDot && result.replies.every((reply) => reply === undefined);
  const sentAway = result.reply?.code === 421;
  if (!untouched) return 'conclude';
  if (!parcel.retried && (result.stale || (sentAway && reused))) return 'renew';
  if (!sentAway || reused || result.stage !== 'mail' || isInRound(parcel)) return 'conclude';
  // While others get through it is the number of connections; alone it is the host, and another one may do better.
  if (alone ? mayGoOn : parcel.retried) return 'conclude';
  return 'refused';
}

/** What shows that the host is in a bad way: others would fare as this message did. `undefined`: it is not. */
export function hostTrouble(attempt: Attempt): AttemptRecord | undefined {
  const { result } = attempt;
  if (result.kind === 'lost')
    return result.localClass === undefined
      ? attemptRecord(attempt, result.reply, result.stage, result.text)
      : undefined;
  if (result.kind !== 'replied') return undefined;
  const putOff = result.replies.find(({ reply, stage }) => stage === 'mail' && reply.code < 500);
  return putOff && attemptRecord(attempt, putOff.reply, putOff.stage, putOff.reply.text);
}
