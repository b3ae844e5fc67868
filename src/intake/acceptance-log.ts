/** Logs accepted and refused messages, one line each; tells the tracer of accepted ones. */
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import type { NewMessage } from '../store/message-records.ts';
import type { RefusalKeeper } from './refusal-keeper.ts';
import type { Refusal, SubmittedMessage } from './submitted-message.ts';

export interface AcceptanceLogContext {
  readonly log: Log;
  readonly clock: Clock;
  /** `undefined`: nothing is traced. */
  readonly tracer?: MessageTracer | undefined;
}

/** Logs a message in the spool. */
export function logAcceptance(
  message: SubmittedMessage,
  { facts, deliveries, remarks }: NewMessage,
  { log, clock, tracer }: AcceptanceLogContext,
): void {
  tracer?.step({
    messageId: facts.id,
    name: 'accept',
    startMs: facts.acceptedAtMs,
    endMs: clock.now(),
    attributes: {
      'postern.account': message.credential.accountName,
      'postern.stream': facts.stream,
      'postern.via': message.via,
      'postern.recipients': deliveries.length,
      'postern.size_bytes': facts.sizeBytes,
    },
  });
  if (!log.enabled('info')) return;
  log.info('message accepted', {
    message: facts.id,
    session: message.session,
    account: message.credential.accountName,
    credential: message.credential.id,
    stream: facts.stream,
    reverse_path: facts.reversePath,
    header_from: facts.headerFrom,
    recipients: deliveries.length,
    size_bytes: facts.sizeBytes,
    repaired_line_ends: message.received.repaired ? true : undefined,
    longest_line_octets: remarks?.['longest_line_octets'],
    original_from: remarks?.['original_from'],
  });
}

/** Logs a refused message, and keeps its header for inspection if the refusal is permanent. */
export function noteRefusal(
  message: SubmittedMessage,
  { reply, fix }: Refusal,
  { refusals, log }: { readonly refusals: Pick<RefusalKeeper, 'keep'>; readonly log: Log },
): void {
  const { code, status, text } = reply;
  refusals.keep({ ...message, reply, fix, headers: message.received.header.bytes });
  log.info('message refused', {
    message: message.id,
    session: message.session,
    credential: message.credential.id,
    reply: `${code} ${status ?? ''} ${text}`,
    fix,
  });
}
