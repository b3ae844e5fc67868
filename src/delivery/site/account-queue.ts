/**
 * Entries of one account that wait at a site: bulk apart from what goes first. While both wait, one of four turns is bulk's;
 * within a rank destinations take turns, within a destination first come, first served.
 */
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { DestinationQueue } from './destination-queue.ts';

/** One of so many turns is bulk's. */
const BULK_TURN = 4;

type Rank = Map<ActiveDestination, DestinationQueue>;
export type MayTake = (destination: ActiveDestination) => boolean;
export type Suits = (entry: QueueEntry) => boolean;

export class AccountQueue {
  // Maps keep the order of insertion: the first is next, and one that had its turn is put last.
  readonly #first: Rank = new Map<ActiveDestination, DestinationQueue>();
  readonly #bulk: Rank = new Map<ActiveDestination, DestinationQueue>();
  /** Turns since bulk had one while others waited too. */
  #turns = 0;

  get empty(): boolean {
    return this.#first.size === 0 && this.#bulk.size === 0;
  }

  /** One of them. */
  get destination(): ActiveDestination | undefined {
    for (const rank of [this.#first, this.#bulk]) for (const destination of rank.keys()) return destination;
    return undefined;
  }

  queueOf({ bulk, destination }: QueueEntry): DestinationQueue {
    const rank = bulk ? this.#bulk : this.#first;
    let queue = rank.get(destination);
    if (queue === undefined) rank.set(destination, (queue = new DestinationQueue()));
    return queue;
  }

  /** The next entry whose destination may take one, and that `suits`. */
  take(mayTake: MayTake, suits: Suits): QueueEntry | undefined {
    if (this.#bulk.size === 0) return takeOf(this.#first, mayTake, suits);
    if (this.#first.size === 0) return takeOf(this.#bulk, mayTake, suits);
    const bulkFirst = this.#turns === BULK_TURN - 1;
    const [one, other] = bulkFirst ? [this.#bulk, this.#first] : [this.#first, this.#bulk];
    const entry = takeOf(one, mayTake, suits) ?? takeOf(other, mayTake, suits);
    if (entry?.bulk === true) this.#turns = 0;
    else if (entry !== undefined) this.#turns = Math.min(this.#turns + 1, BULK_TURN - 1);
    return entry;
  }

  /** `suits`: of one entry at least; default: of any. */
  has(mayTake: MayTake, suits?: Suits): boolean {
    for (const rank of [this.#first, this.#bulk])
      for (const [destination, queue] of rank)
        if (mayTake(destination) && (suits === undefined || queue.has(suits))) return true;
    return false;
  }

  queuesOf(destination: ActiveDestination): {
    readonly [rank in 'first' | 'bulk']: DestinationQueue | undefined;
  } {
    return { first: this.#first.get(destination), bulk: this.#bulk.get(destination) };
  }

  /** All queues. */
  *queues(): Generator<DestinationQueue> {
    yield* this.#first.values();
    yield* this.#bulk.values();
  }

  /** Forgets queues without entries. */
  tidy(): void {
    for (const rank of [this.#first, this.#bulk])
      for (const [destination, queue] of rank) if (queue.size === 0) rank.delete(destination);
  }
}

function takeOf(rank: Rank, mayTake: MayTake, suits: Suits): QueueEntry | undefined {
  for (const [destination, queue] of rank) {
    if (!mayTake(destination)) continue;
    const entry = queue.take(suits);
    if (entry === undefined) continue;
    if (queue.size === 0 || rank.size > 1) rank.delete(destination);
    if (queue.size > 0) rank.set(destination, queue);
    return entry;
  }
  return undefined;
}
