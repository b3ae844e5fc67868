/**
 * Entries of a site that a host did not accept for a reason of its own, and that try the next host. They stay under way
 * meanwhile, so that a destination has no more of them than it may have unsettled. RFC 5321 §5.1: each host once a round.
 */
import type { QueueEntry } from '../destination/queue-entry.ts';

export class HostRounds {
  readonly #waiting: QueueEntry[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  get first(): QueueEntry | undefined {
    return this.#waiting[0];
  }

  add(entry: QueueEntry): void {
    this.#waiting.push(entry);
  }

  /** The first that satisfies `suits`. */
  take(suits: (entry: QueueEntry) => boolean): QueueEntry | undefined {
    const at = this.#waiting.findIndex(suits);
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  takeFirst(): QueueEntry | undefined {
    return this.#waiting.shift();
  }

  /** Removes entries that satisfy `isOver`; the caller settles them. */
  sweep(isOver: (entry: QueueEntry) => boolean): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const entry = this.#waiting[at];
      if (entry !== undefined && isOver(entry)) this.#waiting.splice(at, 1);
    }
  }
}
