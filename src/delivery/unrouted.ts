/**
 * Entries that wait for an answer (the look-up of their destination, or their source's share of a ceiling), first come,
 * first served. A question without entries is removed.
 */
import { ActiveDestination } from './destination/active-destination.ts';
import type { QueueEntry } from './destination/queue-entry.ts';

/** A destination that is looked up, or the promise of whatever else is waited for. */
export type Question = ActiveDestination | Promise<unknown>;

export class Unrouted {
  readonly #entries = new Map<Question, QueueEntry[]>();

  /** True: it is the first that waits for this answer. */
  add(entry: QueueEntry, question: Question = entry.destination): boolean {
    entry.awaitRoute();
    const waiting = this.#entries.get(question);
    if (waiting === undefined) this.#entries.set(question, [entry]);
    else waiting.push(entry);
    return waiting === undefined;
  }

  /** Takes out all that wait for the answer to `question`. */
  take(question: Question): readonly QueueEntry[] {
    const entries = this.#entries.get(question);
    this.#entries.delete(question);
    return entries ?? [];
  }

  /** Takes out the youngest of `destination`, whatever they wait for, until `keep` are left. */
  shed(destination: ActiveDestination, keep: number): readonly QueueEntry[] {
    const shed: QueueEntry[] = [];
    let kept = 0;
    for (const [question, entries] of this.#entries) {
      if (question !== destination && question instanceof ActiveDestination) continue;
      const isShed = (entry: QueueEntry) => entry.destination === destination && ++kept > keep;
      const left = entries.filter((entry) => !isShed(entry) || shed.push(entry) === 0);
      entries.splice(0, entries.length, ...left);
    }
    return shed;
  }

  /** Removes entries that satisfy `isOver`; the caller settles them. */
  sweep(isOver: (entry: QueueEntry) => boolean): void {
    for (const entries of this.#entries.values())
      entries.push(...entries.splice(0).filter((entry) => !isOver(entry)));
  }
}

/** Releases an entry that has one of these deliveries; to be used as a sweep. */
export function recallOf(
  deliveryIds: ReadonlySet<number>,
  settler: { release(entry: QueueEntry): void },
): (entry: QueueEntry) => boolean {
  return (entry) => {
    if (!entry.deliveries.some(({ deliveryId }) => deliveryIds.has(deliveryId))) return false;
    settler.release(entry);
    return true;
  };
}
