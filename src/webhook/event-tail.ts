/**
 * One webhook's position in the event log: which events were read, which of them have no written outcome, and where
 * the cursor may move. The cursor never passes an event that exists in memory only.
 */
import type { EventReader } from '../store/queue-admin.ts';
import type { Webhook, WebhookOutcome } from '../store/webhooks.ts';

const READ_PAGE = 100;

type EventPageQuery = Parameters<EventReader['readEvents']>[0];

export class EventTail {
  /** Sequences in memory without a durable outcome, in order. */
  readonly #open = new Set<number>();
  #readTo: number;
  #writtenCursor: number;
  /** The log may hold more events than were read. */
  mayHaveMore = true;

  constructor(cursor: number) {
    this.#readTo = cursor;
    this.#writtenCursor = cursor;
  }

  /** The question for the events that follow, of those that `webhook` subscribes to. */
  nextPage({ accountId, events: types }: Webhook): EventPageQuery {
    const after = this.#readTo;
    return { accountId, types, messageId: undefined, recipient: undefined, after, limit: READ_PAGE };
  }

  /** Every event up to here is in memory, recorded or not subscribed to. */
  get readTo(): number {
    return this.#readTo;
  }

  /** Events in memory without a written outcome. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Distance of the stored cursor while no event is open. */
  get idleLag(): number {
    return this.#open.size === 0 ? this.#readTo - this.#writtenCursor : 0;
  }

  /** A page up to `next` was read. Notices of new events in the meantime stay in force. */
  read(next: number, more: boolean): void {
    this.#readTo = next;
    if (more) this.mayHaveMore = true;
  }

  /** Adds an event of the page to memory. */
  open(sequence: number): void {
    this.#open.add(sequence);
  }

  /** The cursor after `outcomes` are written. */
  cursorBehind(outcomes: readonly WebhookOutcome[]): number {
    const taken = new Set(outcomes.map(({ sequence }) => sequence));
    for (const sequence of this.#open) if (!taken.has(sequence)) return sequence - 1;
    return this.#readTo;
  }

  /** True when the store has this cursor. */
  isWritten(cursor: number): boolean {
    return cursor === this.#writtenCursor;
  }

  written(cursor: number, outcomes: readonly WebhookOutcome[]): void {
    this.#writtenCursor = cursor;
    for (const { sequence } of outcomes) this.#open.delete(sequence);
  }
}
