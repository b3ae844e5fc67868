/**
 * Entries of one account for one destination that wait at a site: first in, first out, without moving the rest at every
 * shift.
 */
import type { QueueEntry } from '../destination/queue-entry.ts';

export class DestinationQueue {
  // What was taken is overwritten, so that its content can be freed.
  #items: (QueueEntry | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(entry: QueueEntry): void {
    this.#items.push(entry);
  }

  unshift(entry: QueueEntry): void {
    if (this.#head > 0) this.#items[--this.#head] = entry;
    else this.#items.unshift(entry);
  }

  /** The first that `suits`: nearly always the first of all. */
  take(suits: (entry: QueueEntry) => boolean): QueueEntry | undefined {
    const entry = this.#items[this.#head];
    if (entry === undefined) return undefined;
    if (!suits(entry)) {
      const at = this.#items.findIndex((one) => one !== undefined && suits(one));
      return at === -1 ? undefined : this.#items.splice(at, 1)[0];
    }
    this.#items[this.#head++] = undefined;
    if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  has(suits: (entry: QueueEntry) => boolean): boolean {
    return this.#items.some((entry) => entry !== undefined && suits(entry));
  }

  /** The first, or that of each stream. */
  *firsts(byStream: boolean): Generator<QueueEntry> {
    const seen = new Set<string>();
    for (let at = this.#head; at < this.#items.length; at++) {
      const entry = this.#items[at];
      if (entry === undefined || seen.has(entry.facts.stream)) continue;
      yield entry;
      if (!byStream) return;
      seen.add(entry.facts.stream);
    }
  }

  pop(): QueueEntry | undefined {
    if (this.size === 0) return undefined;
    return this.#items.pop();
  }

  /** How many were taken out. */
  sweep(isOver: (entry: QueueEntry) => boolean): number {
    const before = this.size;
    const kept = this.rest().filter((entry) => !isOver(entry));
    if (kept.length === before) return 0;
    this.#items = kept;
    this.#head = 0;
    return before - kept.length;
  }

  get deliveries(): number {
    return this.rest().reduce((sum, entry) => sum + entry.deliveries.length, 0);
  }

  rest(): QueueEntry[] {
    return this.#items.filter((entry) => entry !== undefined);
  }
}
