/** Reports the steps of delivery to the tracer: the wait until the first attempt, each attempt, the write of the outcome. */
import type { Clock } from '../../platform/clock.ts';
import type { MessageTracer } from '../../platform/message-tracer.ts';
import type { Settlement } from '../../store/delivery-records.ts';
import type { Attempt } from '../attempt/attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { AttemptOutcome } from './attempt-outcome.ts';
import { startedAtMs } from './settlement.ts';

export class DeliveryTrace {
  readonly #tracer: MessageTracer;
  readonly #clock: Clock;

  constructor(tracer: MessageTracer, clock: Clock) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  tried(entry: QueueEntry, attempt: Attempt, { settlements }: AttemptOutcome): void {
    const { atMs, durationMs, remote, tls } = attempt;
    const about = aboutEntry(entry);
    if (entry.round === undefined && entry.deliveries.every(({ attempts }) => attempts === 0))
      this.#tracer.step({
        messageId: entry.facts.id,
        name: 'queue wait',
        startMs: startedAtMs(entry.facts),
        endMs: atMs,
        attributes: about,
      });
    const last = settlements.at(-1)?.attempts.at(-1);
    this.#tracer.step({
      messageId: entry.facts.id,
      name: 'attempt',
      startMs: atMs,
      endMs: atMs + durationMs,
      attributes: {
        ...about,
        'server.address': remote.host,
        'network.peer.address': remote.address,
        'postern.tls': tls,
        'postern.reply.code': last?.replyCode,
        'postern.reply.status': last?.status,
        'postern.stage': last?.stage,
        'postern.state': statesOf(settlements),
      },
      failure: failureOf(attempt),
    });
  }

  /** The result is called when the outcome is durable. */
  settling(entry: QueueEntry, settlements: readonly Settlement[]): () => void {
    const startMs = this.#clock.now();
    return () =>
      this.#tracer.step({
        messageId: entry.facts.id,
        name: 'settle',
        startMs,
        endMs: this.#clock.now(),
        attributes: { ...aboutEntry(entry), 'postern.state': statesOf(settlements) },
      });
  }
}

function aboutEntry({ destination, deliveries }: QueueEntry) {
  return { 'postern.destination': destination.name, 'postern.recipients': deliveries.length };
}

function statesOf(settlements: readonly Settlement[]): string {
  return [...new Set(settlements.map(({ state }) => state))].join(',');
}

/** In our words: a reply may name the recipient. */
function failureOf({ result }: Attempt): string | undefined {
  switch (result.kind) {
    case 'replied':
      return result.replies.some(({ reply }) => reply.code >= 400) ? 'the host refused' : undefined;
    case 'lost':
      return 'the session broke';
    case 'unsendable':
      return 'the host cannot take such a message';
    case 'unready':
      return 'the message could not be signed or read';
  }
}
