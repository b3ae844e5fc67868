/**
 * How far one webhook has come in the event log: what was read, what of it is not written down as done, and so where its
 * cursor may stand. The cursor never passes an event that is in memory alone.
 */
import type { WebhookOutcome } from '../store/webhooks.ts';

export class EventTail {
  /** Sequences in memory that are not durable, in order. */
  readonly #open = new Set<number>();
  #readTo: number;
  #writtenCursor: number;
  /** There may be more behind what was read. */
  mayHaveMore = true;

  constructor(cursor: number) {
    this.#readTo = cursor;
    this.#writtenCursor = cursor;
  }

  /** Events up to it are in memory, or written down, or not asked for. */
  get readTo(): number {
    return this.#readTo;
  }

  /** Events in memory that are not written down. */
  get openCount(): number {
    return this.#open.size;
  }

  /** How far the cursor in the store lags behind while nothing is open. */
  get idleLag(): number {
    return this.#open.size === 0 ? this.#readTo - this.#writtenCursor : 0;
  }

  /** A page was read up to `next`. What was heard of in the meantime stands. */
  read(next: number, more: boolean): void {
    this.#readTo = next;
    if (more) this.mayHaveMore = true;
  }

  /** An event of the page is in memory from now on. */
  open(sequence: number): void {
    this.#open.add(sequence);
  }

  /** Where the cursor may stand once `outcomes` are written. */
  cursorBehind(outcomes: readonly WebhookOutcome[]): number {
    const taken = new Set(outcomes.map(({ sequence }) => sequence));
    for (const sequence of this.#open) if (!taken.has(sequence)) return sequence - 1;
    return this.#readTo;
  }

  /** The store has this cursor. */
  isWritten(cursor: number): boolean {
    return cursor === this.#writtenCursor;
  }

  written(cursor: number, outcomes: readonly WebhookOutcome[]): void {
    this.#writtenCursor = cursor;
    for (const { sequence } of outcomes) this.#open.delete(sequence);
  }
}
