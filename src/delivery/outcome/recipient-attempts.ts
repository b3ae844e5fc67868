/**
 * The result for one recipient of an entry, in the terms of the policy, with its attempt records: of a transaction, or of a
 * failure that prevented it.
 */
import { LOCAL_STATUS, type LocalClass } from '../../policy/local-failures.ts';
import type { Reply } from '../../smtp/reply.ts';
import type { RecipientResult } from '../../policy/outcome-facts.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import { attemptRecord, recordWithoutHost, type Attempt } from '../attempt/attempt.ts';
import type { RecipientAttempt } from '../attempt/recipient-attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { RecipientReply } from '../../smtp/client/session.ts';

/** `undefined`: the recipient at `index` continues at once, in a transaction without those that prevented it. */
export function recipientAttempt(
  entry: QueueEntry,
  attempt: Attempt,
  index: number,
): RecipientAttempt | undefined {
  const { result } = attempt;
  const host = attempt.remote.host;
  if (isLeft(attempt, entry.deliveries.length - index)) return undefined;
  const replied = result.kind === 'replied' || result.kind === 'lost' ? result.replies : [];
  const reply = replied[index] ?? (replied[0]?.stage === 'mail' ? replied[0] : undefined);
  if (reply !== undefined) {
    const othersTaken = replied.some((one) => one?.stage === 'data' || one?.stage === 'final');
    return {
      host,
      result: repliedResult(reply, othersTaken),
      records: triesOf(entry, index, attemptRecord(attempt, reply.reply, reply.stage, reply.reply.text)),
      remoteSendsDsns: attempt.remoteSendsDsns,
    };
  }
  switch (result.kind) {
    case 'replied':
      // A session that answers for some only would be a bug of ours: try again later.
      return ownFailure(entry, attempt, index, {
        localClass: 'local-fault',
        text: 'no reply for this recipient',
      });
    case 'unready':
      return ownFailure(entry, attempt, index, result);
    case 'unsendable':
      if (result.forwardPaths !== undefined && !result.forwardPaths.includes(index)) return undefined;
      return foundHere(entry, attempt, index, result);
    case 'lost': {
      const { stage, text, afterFinalDot, localClass } = result;
      if (localClass !== undefined) {
        const own = ownFailure(entry, attempt, index, { localClass, text });
        return { ...own, result: { kind: 'lost', stage, text, reply: undefined, afterFinalDot, localClass } };
      }
      return {
        host,
        result: { kind: 'lost', stage, text, reply: result.reply, afterFinalDot },
        records: triesOf(entry, index, attemptRecord(attempt, result.reply, stage, text)),
      };
    }
  }
}

/** It is one of the last that the transaction left out, and the transaction came to pass. */
function isLeft({ left = 0, result }: Attempt, fromEnd: number): boolean {
  return fromEnd <= left && result.kind === 'replied' && result.replies[0]?.stage !== 'mail';
}

/** All tries of this round that concern the recipient, `records` the last ones. */
export function triesOf(
  entry: QueueEntry,
  index: number,
  ...records: readonly AttemptRecord[]
): AttemptRecord[] {
  const delivery = entry.deliveries[index];
  const before = delivery && entry.round?.answers.get(delivery.deliveryId)?.records;
  return [...(before ?? []), ...entry.history, ...records];
}

/** No host came to the point of MAIL; `record` is the last that failed. `refusesMail`: all of them, for good. */
export function connectionFailed(record: AttemptRecord | undefined, refusesMail: boolean): RecipientResult {
  const stage = record?.stage;
  return {
    kind: 'connection-failed',
    stage:
      stage === 'greeting' ||
      stage === 'ehlo' ||
      stage === 'starttls' ||
      stage === 'auth' ||
      stage === 'policy'
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
  entry: QueueEntry,
  { atMs, durationMs }: Attempt,
  index: number,
  { localClass, text }: { readonly localClass: LocalClass; readonly text: string },
): RecipientAttempt {
  const status = LOCAL_STATUS[localClass];
  const record = recordWithoutHost({ atMs, durationMs, stage: 'policy', status, text, localClass });
  return {
    result: { kind: 'local', localClass, text },
    host: undefined,
    records: triesOf(entry, index, record),
  };
}

/** Found out on this side: the host at hand cannot take such a message. */
function foundHere(
  entry: QueueEntry,
  attempt: Attempt,
  index: number,
  what: { readonly status: string; readonly text: string },
): RecipientAttempt {
  const record = { ...attemptRecord(attempt, undefined, 'policy', what.text), status: what.status };
  return {
    result: { kind: 'unsendable', status: what.status, text: what.text },
    host: attempt.remote.host,
    records: triesOf(entry, index, record),
  };
}

function repliedResult({ reply, stage, sharedBy }: RecipientReply, othersTaken: boolean): RecipientResult {
  return { kind: 'replied', reply, stage, sharedBy, othersTaken: othersTaken && stage === 'rcpt' };
}

/** What a host before this one said of a recipient; `undefined`: none did. */
export function standing({ round, deliveries }: QueueEntry, index: number): RecipientAttempt | undefined {
  const delivery = deliveries[index];
  const tried = delivery && round?.answers.get(delivery.deliveryId);
  return tried?.ofSession === true ? undefined : tried;
}
