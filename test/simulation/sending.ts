/**
 * What happens to deliveries at the hosts. Promises: only what is claimed is tried, in one transaction at a time; what a
 * host took and the relay heard of is not sent again unless a sudden end came between, and the outcomes that such an end
 * can repeat stay under the limit; no attempt starts while the store takes nothing; a refused recipient is not tried
 * again at once, but for another host where the refusal spoke of the first.
 */
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import type { Life } from './life.ts';
import type { Promises } from './promises.ts';
import { RefusalsHeard } from './refusals-heard.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { Tally } from './tally.ts';

/** A retry sooner than this is no retry by any schedule (the first wait is a minute, less a tenth, less jitter). */
const SOONEST_RETRY_MS = 45_000;
/** Attempts being prepared when the store fails may still start. */
const STORE_GRACE_MS = 1_000;

export interface SendingOptions {
  readonly time: SimulatedTime;
  readonly limits: DeliveryLimits;
  readonly promises: Promises;
}

export class Sending extends RefusalsHeard {
  readonly counts = { transactions: 0, taken: 0, repeated: 0, doubtful: 0 };
  readonly #options: SendingOptions;
  /** Outcomes heard and not durable, by destination. */
  readonly #unsettled = new Tally();
  /** World time; the store refused since then. */
  #storeRefusesSinceMs: number | undefined;
  /** World time of the last retry or release by an operator. */
  #hurriedAtMs = -Infinity;

  constructor(options: SendingOptions) {
    super(options.time);
    this.#options = options;
  }

  begins(life: Life, deliveries: readonly LedgerDelivery[], host: string): void {
    const { time, limits, promises } = this.#options;
    this.counts.transactions++;
    const { length } = deliveries;
    promises.holds(length <= limits.recipientsPerTransaction, `${length} recipients in one transaction`);
    const refusesForMs = time.elapsedMs - (this.#storeRefusesSinceMs ?? Infinity);
    promises.holds(!(refusesForMs > STORE_GRACE_MS), 'no attempt starts while the store takes nothing');
    for (const delivery of deliveries) {
      this.#mayBeTried(life, delivery, host);
      delivery.underWay = life;
    }
  }

  ends(life: Life, deliveries: readonly LedgerDelivery[]): void {
    for (const delivery of deliveries) if (delivery.underWay === life) delivery.underWay = undefined;
  }

  /** The host has it. */
  takes(delivery: LedgerDelivery): void {
    delivery.taken++;
    this.counts.taken++;
  }

  /** The relay heard that the host has it. */
  hears(delivery: LedgerDelivery): void {
    delivery.heard++;
    delivery.mayRepeat = false;
    delivery.unsettled = true;
    const unsettled = this.#unsettled.add(delivery.destination, 1);
    const { maxUnsettledPerDestination, recipientsPerTransaction } = this.#options.limits;
    this.#options.promises.holds(
      unsettled <= maxUnsettledPerDestination - 1 + recipientsPerTransaction,
      `${unsettled} outcomes of ${delivery.destination} would be repeated by a crash`,
    );
  }

  /** Its outcome is durable. True when that was a host's that took it. */
  settled(delivery: LedgerDelivery): boolean {
    if (!delivery.unsettled) return false;
    delivery.unsettled = false;
    this.#unsettled.add(delivery.destination, -1);
    return true;
  }

  /** What the relay last heard from the store. */
  storeAnswered(ok: boolean): void {
    if (ok) this.#storeRefusesSinceMs = undefined;
    else this.#storeRefusesSinceMs ??= this.#options.time.elapsedMs;
  }

  /** Somebody, or the clock, made things due before their time. */
  hurried(): void {
    this.#hurriedAtMs = this.#options.time.elapsedMs;
  }

  /** `deliveries`: all that are open. What was heard and not written may be repeated. */
  lifeEnds(life: Life, deliveries: Iterable<LedgerDelivery>): void {
    for (const delivery of deliveries) {
      if (delivery.underWay === life) delivery.underWay = undefined;
      if (this.settled(delivery)) delivery.mayRepeat = true;
    }
    this.#storeRefusesSinceMs = undefined;
  }

  #mayBeTried(life: Life, delivery: LedgerDelivery, host: string): void {
    const { time, promises } = this.#options;
    const what = `${delivery.id} to ${delivery.recipient}`;
    promises.holds(delivery.claim?.life === life, `tried without a claim: ${what}`);
    promises.holds(delivery.final === undefined, `tried although ${delivery.final ?? ''}: ${what}`);
    promises.holds(delivery.underWay === undefined, `tried twice at the same time: ${what}`);
    promises.holds(!delivery.unsettled, `sent again by the same life that heard it was taken: ${what}`);
    if (delivery.heard > 0) {
      promises.holds(delivery.mayRepeat, `sent again after it was taken and heard: ${what}`);
      this.counts.repeated++;
    } else if (delivery.taken > 0) {
      this.counts.doubtful++;
    }
    const since = delivery.refusedAtMs ?? -Infinity;
    const another = delivery.refusedBy !== undefined && delivery.refusedBy !== host;
    const soon = !another && time.elapsedMs - since < SOONEST_RETRY_MS;
    promises.holds(
      !soon || this.#hurriedAtMs >= since || life.startedAtMs >= since,
      `tried again at once: ${what}`,
    );
  }
}
