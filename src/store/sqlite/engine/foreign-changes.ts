/**
 * Detects changes by other processes (relayctl: retry, release, resume, cancel) and notifies the delivery worker when
 * something may be due because of them, or is to be released. Transactions detect them by themselves; an idle relay looks now and then.
 */
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Destinations } from '../spool/destinations.ts';
import type { Wishes } from '../spool/wishes.ts';
import type { Feed } from '../../flow/feed.ts';
import type { Participant, Transaction } from './transaction.ts';

/** How soon a change is seen without a transaction of our own; a look costs 2 µs. */
const LOOK_EVERY_MS = 250;
const NONE: ReadonlySet<string> = new Set();

export interface ForeignChangesOptions {
  readonly clock: Clock;
  readonly transaction: Transaction;
  readonly destinations: Destinations;
  readonly wishes: Wishes;
  readonly feed: Feed;
  /** Reading the database failed. */
  readonly onError: (error: unknown) => void;
}

export class ForeignChanges implements Participant {
  readonly #options: ForeignChangesOptions;
  #pending = false;
  #timer: Timer | undefined;

  constructor(options: ForeignChangesOptions) {
    this.#options = options;
    options.transaction.join(this);
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  onForeignChange(): void {
    this.#pending = true;
  }

  afterCommit(): void {
    if (this.#pending) this.#tell();
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    try {
      this.#options.transaction.changedElsewhere();
      if (this.#pending) this.#tell();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #tell(): void {
    this.#pending = false;
    const { destinations, wishes, feed } = this.#options;
    feed.recall(wishes.all().keys());
    const readyAtMs = destinations.nextReadyAtMs(NONE);
    if (readyAtMs !== undefined) feed.backlogAt(readyAtMs);
    feed.announce();
  }
}
