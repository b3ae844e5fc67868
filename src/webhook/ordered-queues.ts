/**
 * Unsent events of one webhook in memory, in one queue for each message: one event of a queue may be taken at a time,
 * in order. Events of the account itself share one queue.
 */
import type { StoredEvent } from '../store/views.ts';

/** An event to be sent. */
export interface QueuedEvent {
  readonly event: StoredEvent;
  /** Earlier attempts. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number | undefined;
  /** True: from the delivery log. False: from the event log. */
  readonly wasRecorded: boolean;
}

/** Events with the same key are sent in order: the message id, or the empty string for the account's own events. */
export function orderingKey({ messageId }: { readonly messageId: string | undefined }): string {
  return messageId ?? '';
}

export class OrderedQueues {
  /** Behind the event that is ready or in flight. */
  readonly #waiting = new Map<string, QueuedEvent[]>();
  #ready: QueuedEvent[] = [];

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** An event with this key is ready or in flight. */
  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  add(queued: QueuedEvent): void {
    const key = orderingKey(queued.event);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(queued);
      return;
    }
    this.#waiting.set(key, []);
    this.#ready.push(queued);
  }

  /** Takes the next ready event; it is in flight until {@link end} or {@link block} of its key. */
  take(): QueuedEvent | undefined {
    return this.#ready.shift();
  }

  /** The event in flight has ended. */
  end(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    else this.#ready.push(next);
  }

  /** The event in flight will be retried: removes and returns those behind it. */
  block(key: string): readonly QueuedEvent[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }
}
