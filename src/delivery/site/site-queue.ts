/**
 * Entries that wait for a connection to one site, in fair order: accounts take turns; the order within an account is in
 * account-queue.ts. So a busy account delays another by one message at most, and a domain at its limit does not block another.
 */
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { AccountQueue, type MayTake, type Suits } from './account-queue.ts';
import type { DestinationQueue } from './destination-queue.ts';

export class SiteQueue {
  // Maps keep the order of insertion: the first is next, and one that had its turn is put last.
  readonly #accounts = new Map<string, AccountQueue>();
  #size = 0;

  /** Entries waiting. */
  get size(): number {
    return this.#size;
  }

  /** One that waits. */
  get destination(): ActiveDestination | undefined {
    for (const queue of this.#accounts.values()) return queue.destination;
    return undefined;
  }

  push(entry: QueueEntry): void {
    entry.queue();
    this.#queueOf(entry).push(entry);
    this.#size++;
  }

  /** Puts an entry that was under way back to the head of its destination's queue. */
  unshift(entry: QueueEntry): void {
    entry.requeue();
    this.#queueOf(entry).unshift(entry);
    this.#size++;
  }

  /** The next entry whose destination may take one, and that `suits`; `undefined` when there is none. */
  take(mayTake: MayTake, suits: Suits = () => true): QueueEntry | undefined {
    for (const [accountId, queue] of this.#accounts) {
      const entry = queue.take(mayTake, suits);
      if (entry === undefined) continue;
      this.#size--;
      if (queue.empty) this.#accounts.delete(accountId);
      else if (this.#accounts.size > 1) {
        this.#accounts.delete(accountId);
        this.#accounts.set(accountId, queue);
      }
      return entry;
    }
    return undefined;
  }

  /** True when {@link take} would give an entry. */
  has(mayTake: MayTake, suits?: Suits): boolean {
    for (const queue of this.#accounts.values()) if (queue.has(mayTake, suits)) return true;
    return false;
  }

  /** Takes the youngest entries of `destination` out, bulk and the longest queue first, until `keepDeliveries` are left of it. */
  shed(destination: ActiveDestination, keepDeliveries: number): QueueEntry[] {
    const ranks: DestinationQueue[][] = [[], []];
    for (const queue of this.#accounts.values()) {
      const { bulk, first } = queue.queuesOf(destination);
      if (bulk !== undefined) ranks[0]?.push(bulk);
      if (first !== undefined) ranks[1]?.push(first);
    }
    let left = ranks.flat().reduce((sum, queue) => sum + queue.deliveries, 0);
    const taken: QueueEntry[] = [];
    for (const queues of ranks) {
      while (left > keepDeliveries && queues.length > 0) {
        const entry = queues.reduce((most, one) => (one.size > most.size ? one : most)).pop();
        if (entry === undefined) break;
        left -= entry.deliveries.length;
        taken.push(entry);
        this.#size--;
      }
    }
    this.#tidy();
    return taken;
  }

  /** The first of each queue (account, rank and destination), or of each stream in it. */
  *firsts(byStream: boolean): Generator<QueueEntry> {
    for (const ofAccount of this.#accounts.values())
      for (const queue of ofAccount.queues()) yield* queue.firsts(byStream);
  }

  /** Removes entries that satisfy `isOver`; the caller settles them. */
  sweep(isOver: (entry: QueueEntry) => boolean): void {
    for (const ofAccount of this.#accounts.values())
      for (const queue of ofAccount.queues()) this.#size -= queue.sweep(isOver);
    this.#tidy();
  }

  /** Takes everything out, queue by queue (account, rank and destination), each in its order. */
  drain(): QueueEntry[][] {
    const drained: QueueEntry[][] = [];
    for (const ofAccount of this.#accounts.values())
      for (const queue of ofAccount.queues()) drained.push(queue.rest());
    this.#accounts.clear();
    this.#size = 0;
    return drained;
  }

  #tidy(): void {
    for (const [accountId, queue] of this.#accounts) {
      queue.tidy();
      if (queue.empty) this.#accounts.delete(accountId);
    }
  }

  #queueOf(entry: QueueEntry): DestinationQueue {
    const { accountId } = entry.facts;
    let queue = this.#accounts.get(accountId);
    if (queue === undefined) this.#accounts.set(accountId, (queue = new AccountQueue()));
    return queue.queueOf(entry);
  }
}
