/**
 * What one transaction with one host gave, and the records of it that the trace keeps. Data: it decides nothing and
 * knows nothing of queues, destinations or sites, so that all of those may speak of it. RFC 5321 §3.6, §5.1.
 */
import type { AttemptStage } from '../../policy/attempt-stage.ts';
import type { LocalClass } from '../../policy/local-failures.ts';
import type { Reply } from '../../smtp/reply.ts';
import type { RemoteAddress, TransactionResult } from '../../smtp/client/session.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

/** What one transaction gave. */
export interface Attempt {
  readonly atMs: number;
  readonly durationMs: number;
  /** `unready`: the message could not be signed or read: a failure of our own, and the remote has taken nothing. */
  readonly result:
    TransactionResult | { readonly kind: 'unready'; readonly localClass: LocalClass; readonly text: string };
  readonly remote: RemoteAddress;
  readonly tls: string | undefined;
  /** Why it is in clear although the remote offers TLS. */
  readonly tlsFailure?: string | undefined;
  /** The session had done transactions before. */
  readonly reused: boolean;
  /** The remote offers DSN: what NOTIFY asks for was passed on. */
  readonly remoteSendsDsns: boolean;
}

/** What a site knows that bears on what an answer of one of its hosts means. */
export interface HostFacts {
  /** A host of the site was not asked yet in this round. */
  readonly othersUnasked: boolean;
  /** One of those is not known to be out of reach or unwell. */
  readonly othersLeft: boolean;
  /** The answer is a backup's. */
  readonly primaryUnreachable: boolean;
}

/** Characters of a reply that the trace keeps. */
const MAX_TEXT = 1_000;

/** How the trace tells of `attempt`, answered with `reply` (or, without one, ended as `text` says) at `stage`. */
export function attemptRecord(
  attempt: Attempt,
  reply: Reply | undefined,
  stage: AttemptStage,
  text: string,
): AttemptRecord {
  return {
    atMs: attempt.atMs,
    host: attempt.remote.host,
    address: attempt.remote.address,
    tls: attempt.tls,
    ...(attempt.tlsFailure !== undefined && { tlsFailure: attempt.tlsFailure }),
    replyCode: reply?.code,
    status: reply?.status,
    text: shortened(reply?.text ?? text),
    stage,
    durationMs: attempt.durationMs,
  };
}

/** How the trace tells of something that was found out before a host was reached. */
export function recordWithoutHost(
  facts: Pick<AttemptRecord, 'atMs' | 'durationMs' | 'stage' | 'status' | 'text' | 'localClass'>,
): AttemptRecord {
  return {
    ...facts,
    host: undefined,
    address: undefined,
    tls: undefined,
    replyCode: undefined,
    text: shortened(facts.text),
  };
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

/** As much of a text as the trace keeps. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}
