/**
 * What happened to one recipient of a parcel, in the words of the policy, with the tries that tell of it: of a transaction,
 * or of what kept it from taking place.
 */
import { LOCAL_STATUS, type LocalClass } from '../../policy/local-failures.ts';
import type { Reply } from '../../smtp/reply.ts';
import type { RecipientResult } from '../../policy/outcome-facts.ts';
import type { AttemptRecord } from '../../store/records.ts';
import { attemptRecord, recordWithoutHost, type Attempt } from '../site/attempt.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { RecipientReply } from '../../smtp/client/session.ts';

export interface Told {
  readonly result: RecipientResult;
  /** In order of time. */
  readonly attempts: readonly AttemptRecord[];
  readonly host: string | undefined;
  readonly retryAtMs?: number | undefined;
  /** Tells of it beside `attempts`, and is kept elsewhere: with the destination, or it was kept before. */
  readonly lastTry?: AttemptRecord | undefined;
  readonly remoteSendsDsns?: boolean;
  /** The session was at fault: its tries are told of, and its result never stands. */
  readonly ofSession?: boolean;
  /** The host is not of the best preference: those could not be reached, or did not take it. */
  readonly primaryUnreachable?: boolean;
}

/** `undefined`: the recipient at `index` goes on at once, in a transaction without those that kept it from being sent. */
export function toldOf(parcel: Parcel, attempt: Attempt, index: number): Told | undefined {
  const { result } = attempt;
  const host = attempt.remote.host;
  const replied = result.kind === 'replied' || result.kind === 'lost' ? result.replies : [];
  const reply = replied[index];
  if (reply !== undefined) {
    const othersTaken = replied.some((one) => one?.stage === 'data' || one?.stage === 'final');
    return {
      host,
      result: repliedResult(reply, othersTaken),
      attempts: triesOf(parcel, index, attemptRecord(attempt, reply.reply, reply.stage, reply.reply.text)),
      remoteSendsDsns: attempt.remoteSendsDsns,
    };
  }
  switch (result.kind) {
    case 'replied':
      // A session that answers for some only would be a bug of ours: try again later.
      return ownFailure(parcel, attempt, index, {
        localClass: 'local-fault',
        text: 'no reply for this recipient',
      });
    case 'unready':
      return ownFailure(parcel, attempt, index, result);
    case 'unsendable':
      if (result.forwardPaths !== undefined && !result.forwardPaths.includes(index)) return undefined;
      return foundHere(parcel, attempt, index, result);
    case 'lost': {
      const { stage, text, afterFinalDot, localClass } = result;
      if (localClass !== undefined) {
        const own = ownFailure(parcel, attempt, index, { localClass, text });
        return { ...own, result: { kind: 'lost', stage, text, reply: undefined, afterFinalDot, localClass } };
      }
      return {
        host,
        result: { kind: 'lost', stage, text, reply: result.reply, afterFinalDot },
        attempts: triesOf(parcel, index, attemptRecord(attempt, result.reply, stage, text)),
      };
    }
  }
}

/** All tries of this round that concern the recipient, `records` the last ones. */
export function triesOf(
  parcel: Parcel,
  index: number,
  ...records: readonly AttemptRecord[]
): AttemptRecord[] {
  const delivery = parcel.deliveries[index];
  const before = delivery && parcel.round?.told.get(delivery.deliveryId)?.attempts;
  return [...(before ?? []), ...parcel.history, ...records];
}

/** No host came to the point of MAIL; `record` is the last that failed. `refusesMail`: all of them, for good. */
export function connectionFailed(record: AttemptRecord | undefined, refusesMail: boolean): RecipientResult {
  const stage = record?.stage;
  return {
    kind: 'connection-failed',
    stage:
      stage === 'greeting' || stage === 'ehlo' || stage === 'starttls' || stage === 'policy'
        ? stage
        : 'connect',
    reply: record && replyOf(record),
    text: record?.text ?? 'no address to connect to',
    refusesMail,
    localClass: record?.localClass,
  };
}

/** Time is over; `last` tells why it did not go out before. */
export function expiredAfter(last: AttemptRecord | undefined): RecipientResult {
  if (last === undefined) return { kind: 'expired' };
  return { kind: 'expired', last: { ...last, reply: replyOf(last) } };
}

function replyOf({ replyCode, status, text }: AttemptRecord): Reply | undefined {
  return replyCode === undefined ? undefined : { code: replyCode, status, text };
}

/** This relay's own: the host at hand has no part in it, and the trace does not name it. */
function ownFailure(
  parcel: Parcel,
  { atMs, durationMs }: Attempt,
  index: number,
  { localClass, text }: { readonly localClass: LocalClass; readonly text: string },
): Told {
  const status = LOCAL_STATUS[localClass];
  const record = recordWithoutHost({ atMs, durationMs, stage: 'policy', status, text, localClass });
  return {
    result: { kind: 'local', localClass, text },
    host: undefined,
    attempts: triesOf(parcel, index, record),
  };
}

/** Found out on this side: the host at hand cannot take such a message. */
function foundHere(
  parcel: Parcel,
  attempt: Attempt,
  index: number,
  what: { readonly status: string; readonly text: string },
): Told {
  const record = { ...attemptRecord(attempt, undefined, 'policy', what.text), status: what.status };
  return {
    result: { kind: 'unsendable', status: what.status, text: what.text },
    host: attempt.remote.host,
    attempts: triesOf(parcel, index, record),
  };
}

function repliedResult({ reply, stage, sharedBy }: RecipientReply, othersTaken: boolean): RecipientResult {
  return { kind: 'replied', reply, stage, sharedBy, othersTaken: othersTaken && stage === 'rcpt' };
}
