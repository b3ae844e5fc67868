/**
 * What is in the relay's hands: claimed by the life at hand and not settled, by what is durable. Promises: a delivery is
 * claimed by one life at a time, never after its end, never to be mailed to an address that is suppressed, and not again and
 * again; what the store hands over unasked keeps to the limits of the feed; the store is not asked in a loop.
 */
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { Claim, ClaimedDelivery } from '../../src/store/delivery-records.ts';
import type { LedgerDelivery, LedgerMessage } from './ledger-entries.ts';
import { MINUTE_MS } from './durations.ts';
import type { Life } from './life.ts';
import type { Promises } from './promises.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { Tally } from './tally.ts';

/** Handed over to a destination even when much is in hand elsewhere, and one for each account (store/sqlite/spool/feed.ts). */
const ALWAYS_FED = 4;
/** How often the store may be asked for what is due, without anything being settled. */
const ASKING_WINDOW_MS = 10_000;
const MOST_ASKED = 600;
/** How often a delivery may be claimed in a minute: memory that is full gives it up once a second. */
const MOST_CLAIMS = 120;

export interface HandsOptions {
  readonly time: SimulatedTime;
  readonly limits: DeliveryLimits;
  readonly accounts: number;
  readonly promises: Promises;
  readonly isSuppressed: (delivery: LedgerDelivery) => boolean;
}

export class Hands {
  /** Deliveries claimed in all: by the feed or not. */
  claims = 0;
  fed = 0;
  readonly #options: HandsOptions;
  readonly #byKey = new Map<number, LedgerDelivery>();
  readonly #fedByDestination = new Tally();
  #size = 0;
  /** Octets of content that came with claims. */
  #contentBytes = 0;
  #asking = { window: 0, asked: 0, settled: 0 };

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  /** Deliveries. */
  get size(): number {
    return this.#size;
  }

  take(life: Life, delivery: LedgerDelivery, claimed: ClaimedDelivery, byFeed: boolean): void {
    const { promises, time, isSuppressed } = this.#options;
    const where = `${delivery.id} to ${delivery.destination}`;
    promises.holds(delivery.claim === undefined, `claimed twice: ${where}`);
    promises.holds(delivery.final === undefined, `claimed although ${delivery.final ?? ''}: ${where}`);
    promises.holds(
      claimed.suppressedBy !== undefined || !isSuppressed(delivery),
      `claimed to be mailed although suppressed: ${where}`,
    );
    this.#countClaim(delivery);
    const { fence, deliveryId: key } = claimed;
    delivery.claim = { life, fence, key, byFeed, atMs: time.elapsedMs };
    this.#byKey.set(key, delivery);
    this.#size++;
    this.claims++;
    if (!byFeed) return;
    this.fed++;
    this.#fedByDestination.add(delivery.destination, 1);
  }

  /** It does not go back and forth between the store and the relay. */
  #countClaim(delivery: LedgerDelivery): void {
    const { time, promises } = this.#options;
    const isOver = time.elapsedMs - delivery.claims.sinceMs >= MINUTE_MS;
    const { sinceMs, count } = isOver ? { sinceMs: time.elapsedMs, count: 0 } : delivery.claims;
    delivery.claims = { sinceMs, count: count + 1 };
    promises.holds(
      count < MOST_CLAIMS,
      `claimed ${count + 1} times within a minute: ${delivery.id} to ${delivery.destination}`,
    );
  }

  /** The delivery that `life` claimed with that fence, if it still has it. */
  find(life: Life, key: number, fence: number): LedgerDelivery | undefined {
    const delivery = this.#byKey.get(key);
    return delivery?.claim?.life === life && delivery.claim.fence === fence ? delivery : undefined;
  }

  release(delivery: LedgerDelivery): void {
    const { message, claim } = delivery;
    if (claim === undefined) return;
    delivery.claim = undefined;
    this.#byKey.delete(claim.key);
    this.#size--;
    if (!claim.byFeed) return;
    this.#fedByDestination.add(delivery.destination, -1);
    if (!message.inMemory) return;
    if (message.deliveries.some((one) => one.claim?.byFeed === true)) return;
    message.inMemory = false;
    this.#contentBytes -= message.content.length;
  }

  /** The content of `message` came with a claim. */
  takeContent(message: LedgerMessage): void {
    if (message.inMemory) return;
    message.inMemory = true;
    this.#contentBytes += message.content.length;
  }

  /**
   * The feed keeps to its limits. What was settled in the same commit is told a moment later than what was fed in it, so
   * that only what stands then counts, less what was claimed meanwhile.
   */
  checkFeed(claims: readonly Claim[]): void {
    const { feedDeliveries, feedDeliveriesPerDestination, maxContentBytes } = this.#options.limits;
    const { accounts } = this.#options;
    const perDestination = Math.max(ALWAYS_FED, feedDeliveriesPerDestination) + accounts;
    this.#atMost(2 * feedDeliveries, 'deliveries fed', () => this.#size);
    this.#atMost(maxContentBytes, 'octets of content fed', () => this.#contentBytes);
    for (const { destination } of claims)
      this.#atMost(perDestination, `deliveries to ${destination} fed`, () =>
        this.#fedByDestination.of(destination),
      );
  }

  /** The relay asks for what is due: now and then, and when something was settled (`settlements` so far). */
  asks(settlements: number): void {
    const { time, promises } = this.#options;
    const window = Math.floor(time.elapsedMs / ASKING_WINDOW_MS);
    if (window !== this.#asking.window) this.#asking = { window, asked: 0, settled: settlements };
    const asked = ++this.#asking.asked;
    const allowed = MOST_ASKED + 3 * (settlements - this.#asking.settled);
    promises.holds(asked <= allowed, `the store is asked in a loop: ${asked} times in ten seconds`);
  }

  #atMost(limit: number, what: string, count: () => number): void {
    if (count() <= limit) return;
    const claimedBefore = this.claims - this.fed;
    this.#options.time.after(0, () => {
      const claimedSince = this.claims - this.fed - claimedBefore;
      this.#options.promises.holds(count() - claimedSince <= limit, `${count()} ${what}, ${limit} may be`);
    });
  }
}
