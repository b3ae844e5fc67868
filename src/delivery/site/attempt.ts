/**
 * One try: to reach a host of a site, and to hand it one parcel. Says what happened, with the facts that the trace
 * keeps; it decides nothing. RFC 5321 §3.6, §5.1.
 */
import type { Clock } from '../../platform/clock.ts';
import type { AttemptStage } from '../../policy/attempt-stage.ts';
import type { LocalClass } from '../../policy/local-failures.ts';
import type { Reply } from '../../smtp/reply.ts';
import type { AttemptRecord } from '../../store/records.ts';
import { localTrouble } from '../outcome/local-trouble.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { ReversePathFor } from '../return-path.ts';
import type {
  Connect,
  ConnectFailure,
  RemoteAddress,
  SmtpSession,
  TransactionResult,
} from '../../smtp/client/session.ts';

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

export interface OpenedSession {
  /** `undefined` when no address led to a session. */
  readonly session: SmtpSession | undefined;
  /** The tries that failed, in order; at least one when there is no session. */
  readonly failures: readonly AttemptRecord[];
}

/**
 * How long one address may take to connect while there is another to try: a path that leads nowhere (IPv6 on a network
 * that does not route it) must not hold up the mail for the usual half minute.
 */
const IMPATIENT_MS = 5_000;
const ENDED_AT_ONCE: ConnectFailure = {
  kind: 'failed',
  stage: 'ehlo',
  reply: undefined,
  text: 'the remote ended the session as soon as it stood',
};
/** Characters of a reply that the trace keeps. */
const MAX_TEXT = 1_000;

/** Tries one address after the other until a host takes us as far as EHLO. `onFailure` hears each that does not. */
export async function openSession(
  remotes: readonly RemoteAddress[],
  ports: {
    readonly connect: Connect;
    readonly clock: Clock;
    readonly requireTls: boolean;
    readonly signal: AbortSignal;
    /** Why a host is spoken to in clear, where TLS is not required. */
    readonly inClear: (remote: RemoteAddress) => string | undefined;
    readonly onFailure: (remote: RemoteAddress) => void;
    /** True: give up, nobody needs the session any more. */
    readonly abandoned: () => boolean;
  },
): Promise<OpenedSession> {
  const failures: AttemptRecord[] = [];
  for (const [index, remote] of remotes.entries()) {
    const atMs = ports.clock.now();
    const startedMs = ports.clock.monotonic();
    const { connect, requireTls, signal } = ports;
    const another = index + 1 < remotes.length;
    const tlsFailedBefore = requireTls ? undefined : ports.inClear(remote);
    const result = await connect(remote, {
      requireTls,
      signal,
      ...(another && { connectMs: IMPATIENT_MS }),
      ...(tlsFailedBefore !== undefined && { tlsFailedBefore }),
    });
    // One that has ended by the time we look is no session: nobody would work on it, and nobody hear of its end.
    if (result.kind === 'connected' && result.session.usable) return { session: result.session, failures };
    ports.onFailure(remote);
    const failure = result.kind === 'failed' ? result : ENDED_AT_ONCE;
    const tlsFailure = failure.tlsFailure ?? tlsFailedBefore;
    failures.push({
      atMs,
      host: remote.host,
      address: remote.address,
      tls: undefined,
      ...(tlsFailure !== undefined && { tlsFailure: shortened(tlsFailure) }),
      replyCode: failure.reply?.code,
      status: failure.reply?.status,
      text: shortened(failure.reply?.text ?? failure.text),
      stage: failure.stage,
      durationMs: Math.round(ports.clock.monotonic() - startedMs),
    });
    if (result.kind === 'connected') result.session.destroy();
    if (ports.abandoned()) break;
  }
  return { session: undefined, failures };
}

/** Hands `parcel` to the remote. Never rejects: what went wrong on this side is a result too. */
export async function transact(
  session: SmtpSession,
  parcel: Parcel,
  { clock, reversePathFor }: { readonly clock: Clock; readonly reversePathFor: ReversePathFor },
): Promise<Attempt> {
  const { facts, source } = parcel;
  const atMs = clock.now();
  const startedMs = clock.monotonic();
  const reused = session.transactions > 0;
  const done = (result: Attempt['result']): Attempt => ({
    atMs,
    durationMs: Math.round(clock.monotonic() - startedMs),
    result,
    remote: session.remote,
    tls: session.tls,
    ...(session.tlsFailure !== undefined && { tlsFailure: shortened(session.tlsFailure) }),
    reused,
    remoteSendsDsns: session.extensions.has('DSN'),
  });
  if (facts.requireTls && session.tls === undefined)
    return done({
      kind: 'unsendable',
      status: '5.7.10',
      text: 'the message requires TLS and the host offers none',
    });
  try {
    await source.prepare();
    return done(
      await session.transact({
        reversePath: await reversePathFor(facts, parcel.destination.name),
        forwardPaths: parcel.deliveries,
        bodyType: facts.bodyType,
        smtpUtf8: facts.smtpUtf8,
        requireTls: facts.requireTls,
        dsnReturn: facts.dsnReturn,
        envelopeId: facts.envelopeId,
        sizeBytes: source.sizeBytes,
        content: () => source.chunks(),
      }),
    );
  } catch (error) {
    return done({ kind: 'unready', ...localTrouble(error) });
  } finally {
    source.release();
  }
}

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

export function shortened(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}
