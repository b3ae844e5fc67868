/** What a connection that ends before MAIL is reported as: the remote's refusal, or how it broke off. */
import { formatReply, type Reply } from '../reply.ts';
import { replyOf, type RawReply } from './reply-reader.ts';
import type { ConnectFailure } from './session.ts';
import type { SmtpWire } from './wire.ts';

export function failure(
  stage: ConnectFailure['stage'],
  text: string | undefined,
  reply?: Reply,
): ConnectFailure {
  return { kind: 'failed', stage, reply, text: text ?? '' };
}

/** Nothing is wrong at the remote: the source's address, certificate or hop cannot be used. */
export function failureHere(text: string): ConnectFailure {
  return { ...failure('connect', text), localClass: 'local-source' };
}

/** The remote refused: QUIT keeps its log clean, and its reply is not awaited. */
export function refused(wire: SmtpWire, stage: ConnectFailure['stage'], raw: RawReply): ConnectFailure {
  wire.endWithQuit('refused');
  const reply = replyOf(raw);
  return reply.code >= 400
    ? failure(stage, reply.text, reply)
    : failure(stage, `the remote answered ${formatReply(reply)}`);
}

/**
 * The session is over, although the awaited reply may have arrived: the same read can bring a 421, or octets that are
 * not a reply. A session that is over is never returned. RFC 5321 §3.8, §4.2.1.
 */
export function ended(wire: SmtpWire, stage: ConnectFailure['stage']): ConnectFailure {
  const { unasked } = wire;
  return failure(stage, wire.ended, unasked !== undefined && unasked.code >= 400 ? unasked : undefined);
}

/** A function, because the compiler would narrow `ended` after the first read. */
export function isOver(wire: SmtpWire): boolean {
  return wire.ended !== undefined;
}
