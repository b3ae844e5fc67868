/**
 * Feeds one message from the parser into a {@link DataSink}: octets, end, or loss of the connection. An exception of
 * the sink is a bug; the rest of the message is then read and dropped, so that the client gets a reply.
 */
import type { Reply } from '../reply.ts';
import type { DataReceiver } from './dialogue-parser.ts';
import type { DataSink } from './server-session.ts';

export interface ReceptionEvents {
  /** The sink refused: send the reply and close. */
  onBroken(answer: Reply): void;
  onBug(error: unknown): void;
  /** The message is complete; `sink` is `undefined` after an internal error. */
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
