/**
 * Entries that wait for the look-up of their destination, first come, first served. A destination without entries is
 * removed.
 */
import type { ActiveDestination } from './destination/active-destination.ts';
import type { QueueEntry } from './destination/queue-entry.ts';

export class Unrouted {
  readonly #entries = new Map<ActiveDestination, QueueEntry[]>();

  add(entry: QueueEntry): void {
    const { destination } = entry;
    entry.awaitRoute();
    const waiting = this.#entries.get(destination);
    if (waiting === undefined) this.#entries.set(destination, [entry]);
    else waiting.push(entry);
  }

  /** Takes out all of `destination`. */
  take(destination: ActiveDestination): readonly QueueEntry[] {
    const entries = this.#entries.get(destination);
    this.#entries.delete(destination);
    return entries ?? [];
  }

  /** Takes out the youngest of `destination`, all but the first `keep`. */
  shed(destination: ActiveDestination, keep: number): readonly QueueEntry[] {
    return this.#entries.get(destination)?.splice(keep) ?? [];
  }

  /** Removes entries that satisfy `isOver`; the caller settles them. */
  sweep(isOver: (entry: QueueEntry) => boolean): void {
    for (const entries of this.#entries.values())
      entries.push(...entries.splice(0).filter((entry) => !isOver(entry)));
  }
}
