/**
 * The result of one transaction with one host, and its records for the trace. Data: it decides nothing and does not depend
 * on queues, destinations or sites, so that all of those may use it. RFC 5321 §3.6, §5.1.
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
  /** Recipients at the end that were left for a further transaction: the remote takes no more in one. */
  readonly left?: number | undefined;
  /** The session had done transactions before. */
  readonly reused: boolean;
  /** The remote offers DSN: NOTIFY was passed on. */
  readonly remoteSendsDsns: boolean;
  /** Names for the records: see AttemptRecord. */
  readonly way: { readonly route?: string; readonly source?: string };
}

/** State of a site that affects the meaning of a reply of one of its hosts. */
export interface HostFacts {
  /** A host of the site was not asked yet in this round. */
  readonly othersUnasked: boolean;
  /** One of those is not known to be out of reach or unwell. */
  readonly othersLeft: boolean;
  /** The answer is a backup's. */
  readonly primaryUnreachable: boolean;
}

const NONE: readonly AttemptRecord[] = [];
/** Characters of a reply that the trace keeps. */
const MAX_TEXT = 1_000;

/** The trace record of `attempt`, which got `reply` (or, without one, ended with `text`) at `stage`. */
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
    ...attempt.way,
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

/** Evidence that the host is in trouble, so that other messages would fail too. `undefined`: none. */
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

/** The replies of a remote that did not take something, each once; none of this relay's own failures. */
export function refusalsIn(attempt: Attempt): readonly AttemptRecord[] {
  const { result } = attempt;
  if (result.kind === 'lost') {
    const { reply, stage, text, localClass } = result;
    if (reply === undefined || localClass !== undefined) return NONE;
    return [attemptRecord(attempt, reply, stage, text)];
  }
  if (result.kind !== 'replied') return NONE;
  let records = NONE;
  for (const { reply, stage } of result.replies)
    if (
      reply.code >= 400 &&
      records.every(({ text, replyCode }) => text !== reply.text || replyCode !== reply.code)
    )
      records = [...records, attemptRecord(attempt, reply, stage, reply.text)];
  return records;
}

/** As much of a text as the trace keeps. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}

/** A look-up that found nothing out. */
export function recordOfDns(
  { text, localClass }: Pick<AttemptRecord, 'text' | 'localClass'>,
  atMs: number,
  durationMs: number,
): AttemptRecord {
  return recordWithoutHost({ atMs, durationMs, stage: 'dns', status: undefined, text, localClass });
}

/** A question of this relay's own that was not answered. */
export function recordOfOwn(
  { text, localClass }: Pick<AttemptRecord, 'text' | 'localClass'>,
  atMs: number,
): AttemptRecord {
  return recordWithoutHost({ atMs, durationMs: 0, stage: 'policy', status: undefined, text, localClass });
}
