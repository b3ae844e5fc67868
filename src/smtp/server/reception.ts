/**
 * One message on its way from the parser into a {@link DataSink}: octets, end, or the connection's loss. Whatever the
 * sink throws is a bug of ours; the rest of the message is then read and dropped, so that the client can hear of it.
 */
import type { Reply } from '../reply.ts';
import type { DataReceiver } from './dialogue-parser.ts';
import type { DataSink } from './server-session.ts';

export interface ReceptionEvents {
  /** The sink broke off: tell the client and close. */
  onBroken(answer: Reply): void;
  onBug(error: unknown): void;
  /** The message is complete; `sink` is `undefined` when it broke off at a bug of ours. */
  onEnd(sink: DataSink | undefined): void;
}

export class Reception implements DataReceiver {
  readonly #sink: DataSink;
  readonly #events: ReceptionEvents;
  #open = true;

  constructor(sink: DataSink, events: ReceptionEvents) {
    this.#sink = sink;
    this.#events = events;
  }

  take(bytes: Buffer): void {
    if (!this.#open) return;
    try {
      const broken = this.#sink.push(bytes);
      if (broken === undefined) return;
      this.#stop();
      this.#events.onBroken(broken);
    } catch (error) {
      this.#stop();
      this.#events.onBug(error);
    }
  }

  end(): void {
    const complete = this.#open;
    this.#open = false;
    this.#events.onEnd(complete ? this.#sink : undefined);
  }

  /** The connection is gone. */
  lost(): void {
    if (this.#open) this.#stop();
  }

  #stop(): void {
    this.#open = false;
    this.#sink.abort();
  }
}
