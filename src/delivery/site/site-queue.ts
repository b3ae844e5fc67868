/**
 * Entries that wait for a connection to one site, in fair order: accounts take turns, within an account its destinations
 * take turns, within a destination first come, first served. So a busy account delays another by one message at most, and a
 * domain at its limit does not block another.
 */
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { DestinationQueue } from './destination-queue.ts';

export class SiteQueue {
  // Maps keep the order of insertion: the first is next, and one that had its turn is put last.
  readonly #accounts = new Map<string, Map<ActiveDestination, DestinationQueue>>();
  #size = 0;

  /** Entries waiting. */
  get size(): number {
    return this.#size;
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
  take(
    mayTake: (destination: ActiveDestination) => boolean,
    suits: (entry: QueueEntry) => boolean = () => true,
  ): QueueEntry | undefined {
    for (const [accountId, queues] of this.#accounts) {
      for (const [destination, queue] of queues) {
        if (!mayTake(destination)) continue;
        const entry = queue.take(suits);
        if (entry === undefined) continue;
        this.#size--;
        if (queue.size === 0) this.#remove(accountId, destination);
        else if (queues.size > 1) moveToEnd(queues, destination, queue);
        if (queues.size > 0 && this.#accounts.size > 1) moveToEnd(this.#accounts, accountId, queues);
        return entry;
      }
    }
    return undefined;
  }

  /** True when {@link take} would give an entry to whom all suit. */
  has(mayTake: (destination: ActiveDestination) => boolean): boolean {
    for (const queues of this.#accounts.values())
      for (const destination of queues.keys()) if (mayTake(destination)) return true;
    return false;
  }

  /** Takes the youngest entries of `destination` out, the longest queue first, until `keepDeliveries` are left of it. */
  shed(destination: ActiveDestination, keepDeliveries: number): QueueEntry[] {
    const queues: { accountId: string; queue: DestinationQueue }[] = [];
    for (const [accountId, ofAccount] of this.#accounts) {
      const queue = ofAccount.get(destination);
      if (queue !== undefined) queues.push({ accountId, queue });
    }
    let left = queues.reduce((sum, { queue }) => sum + queue.deliveries, 0);
    const taken: QueueEntry[] = [];
    while (left > keepDeliveries) {
      const longest = queues.reduce((most, one) => (one.queue.size > most.queue.size ? one : most));
      const entry = longest.queue.pop();
      if (entry === undefined) break;
      left -= entry.deliveries.length;
      taken.push(entry);
      this.#size--;
      if (longest.queue.size === 0) this.#remove(longest.accountId, destination);
    }
    return taken;
  }

  /** Removes entries that satisfy `isOver`; the caller settles them. */
  sweep(isOver: (entry: QueueEntry) => boolean): void {
    for (const [accountId, queues] of this.#accounts) {
      for (const [destination, queue] of queues) {
        this.#size -= queue.sweep(isOver);
        if (queue.size === 0) this.#remove(accountId, destination);
      }
    }
  }

  /** Takes everything out, queue by queue (account and destination), each in its order. */
  drain(): QueueEntry[][] {
    const drained: QueueEntry[][] = [];
    for (const queues of this.#accounts.values())
      for (const queue of queues.values()) drained.push(queue.rest());
    this.#accounts.clear();
    this.#size = 0;
    return drained;
  }

  #remove(accountId: string, destination: ActiveDestination): void {
    const queues = this.#accounts.get(accountId);
    queues?.delete(destination);
    if (queues?.size === 0) this.#accounts.delete(accountId);
  }

  #queueOf({ facts: { accountId }, destination }: QueueEntry): DestinationQueue {
    let queues = this.#accounts.get(accountId);
    if (queues === undefined)
      this.#accounts.set(accountId, (queues = new Map<ActiveDestination, DestinationQueue>()));
    let queue = queues.get(destination);
    if (queue === undefined) queues.set(destination, (queue = new DestinationQueue()));
    return queue;
  }
}

function moveToEnd<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}
