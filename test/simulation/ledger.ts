/**
 * The observer: hears of everything that became durable, everything that hosts took and everything the relay was told,
 * and holds it against the promises. The first broken promise is kept; the world then stops. Nothing in here knows how
 * the relay works inside.
 *
 * Promises checked as things happen: what was promised was stored; a delivery is claimed by one life at a time, is in
 * one transaction at a time and settled once; what a host took and the relay heard of is not sent again unless a sudden
 * end came between, and the outcomes that such an end can repeat stay under the limit; an outcome is one that really
 * happened; a failure is reported to the sender once; nothing is mailed to a suppressed address; no attempt starts
 * while the store takes nothing; a deferred recipient is not tried again at once. What can only be seen in the database
 * is the audit's business (audit.ts).
 */
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import { isFinal } from '../../src/policy/delivery-state.ts';
import type { Claim, NewMessage, Settlement, SettlementBatch } from '../../src/store/records.ts';
import { deliveryIdOf } from '../../src/store/public-ids.ts';
import { addressKey, isMailbox, parseMailbox } from '../../src/smtp/address.ts';
import { endOf, wantsFailureNotice, type LedgerDelivery, type LedgerMessage } from './ledger-entries.ts';
import type { Life } from './life.ts';
import { noticedRecipients } from './notice-reading.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';

/** A retry sooner than this is no retry by any schedule (the first wait is a minute, less a tenth, less jitter). */
const SOONEST_RETRY_MS = 45_000;
/** Attempts being prepared when the store fails may still start. */
const STORE_GRACE_MS = 1_000;
/** How often the store may be asked for what is due, without anything being settled. */
const ASKING_WINDOW_MS = 10_000;
const MOST_ASKED = 600;
/** What the store hands over to a destination even when much is in hand elsewhere (store/sqlite/feed.ts). */
const ALWAYS_FED = 4;

export interface LedgerOptions {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly limits: DeliveryLimits;
  readonly maxAgeMs: number;
}

export class Ledger {
  readonly messages = new Map<string, LedgerMessage>();
  readonly deliveries = new Map<string, LedgerDelivery>();
  /** In a final state, and its story not read yet (audit.ts). */
  readonly finished = new Set<LedgerDelivery>();
  /** Stored and not in a final state. */
  readonly open = new Set<LedgerDelivery>();
  readonly counts = {
    transactions: 0,
    taken: 0,
    repeated: 0,
    doubtful: 0,
    claims: 0,
    fed: 0,
    settlements: 0,
  };
  /** Deliveries in the hands of the life at hand. */
  claimed = 0;
  /** World time: since then process and store are up and no operator interfered. */
  calmSinceMs = 0;
  #broken: string | undefined;
  readonly #options: LedgerOptions;
  readonly #byKey = new Map<number, LedgerDelivery>();
  readonly #claimedByDestination = new Map<string, number>();
  readonly #unsettledByDestination = new Map<string, number>();
  readonly #suppressed = new Map<string, number>();
  /** World time; the store refused since then. */
  #storeRefusesSinceMs: number | undefined;
  /** World time of the last retry or release by an operator. */
  #hurriedAtMs = -Infinity;
  #asking = { window: 0, asked: 0, settled: 0 };
  readonly #noWay = new Set<string>();
  /** Octets of content that the store handed over with claims that are not settled. */
  #contentBytes = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** The first promise that was broken. */
  get broken(): string | undefined {
    return this.#broken;
  }

  breaks(promise: string): void {
    this.#broken ??= promise;
  }

  holds(condition: boolean, promise: string): void {
    if (!condition) this.breaks(promise);
  }

  disturbed(): void {
    this.calmSinceMs = this.#options.time.elapsedMs;
  }

  // ---- acceptance

  /** On its way to the store. */
  sent(message: NewMessage, content: Buffer): LedgerMessage {
    const { facts } = message;
    const deliveries: LedgerDelivery[] = [];
    const entry: LedgerMessage = {
      facts,
      content,
      deliveries,
      standing: 'sent',
      storedAtMs: Infinity,
      inMemory: false,
    };
    message.deliveries.forEach((delivery, index) => {
      deliveries.push({
        id: deliveryIdOf(facts.id, index + 1),
        message: entry,
        recipient: delivery.recipient,
        destination: delivery.destination,
        notify: delivery.notify,
        final: delivery.suppressedBy === undefined ? undefined : 'suppressed',
        claim: undefined,
        underWay: undefined,
        taken: 0,
        heard: 0,
        unsettled: false,
        mayRepeat: false,
        refusedForGood: false,
        refusedAtMs: undefined,
        notices: 0,
        events: [],
      });
    });
    this.holds(!this.messages.has(facts.id), `message ids are unique: ${facts.id}`);
    this.messages.set(facts.id, entry);
    for (const delivery of deliveries) this.deliveries.set(delivery.id, delivery);
    return entry;
  }

  /** The commit took it. */
  stored(entry: LedgerMessage): void {
    if (entry.standing !== 'sent') return;
    entry.standing = 'stored';
    entry.storedAtMs = this.#options.time.elapsedMs;
    for (const delivery of entry.deliveries)
      (delivery.final === undefined ? this.open : this.finished).add(delivery);
  }

  /** The store did not take it. */
  forgotten(entry: LedgerMessage): void {
    if (entry.standing !== 'sent') {
      this.breaks(`${entry.facts.id} was refused, and yet it is in the store`);
      return;
    }
    this.messages.delete(entry.facts.id);
    for (const { id } of entry.deliveries) this.deliveries.delete(id);
  }

  /** The client heard 250. */
  promised(id: string): void {
    const entry = this.messages.get(id);
    this.holds(entry !== undefined && entry.standing !== 'sent', `250 is said after the commit: ${id}`);
    if (entry !== undefined) entry.standing = 'promised';
  }

  // ---- claims and settlements, as they became durable

  claims(life: Life, claims: readonly Claim[], byFeed: boolean): void {
    const { time, trace } = this.#options;
    for (const claim of claims) {
      const entry = this.messages.get(claim.facts.id);
      if (entry === undefined) {
        this.breaks(`a claim of the unknown message ${claim.facts.id}`);
        return;
      }
      this.stored(entry);
      if (claim.content !== undefined && !entry.inMemory) {
        entry.inMemory = true;
        this.#contentBytes += entry.content.length;
      }
      for (const one of claim.deliveries) {
        const delivery = this.deliveries.get(one.id);
        if (delivery === undefined) {
          this.breaks(`a claim of the unknown delivery ${one.id}`);
          return;
        }
        const where = `${one.id} to ${delivery.destination}`;
        this.holds(delivery.claim === undefined, `claimed twice: ${where}`);
        this.holds(delivery.final === undefined, `claimed although ${delivery.final ?? ''}: ${where}`);
        this.holds(
          one.suppressedBy !== undefined || !this.#isSuppressed(delivery),
          `claimed to be mailed although suppressed: ${where}`,
        );
        delivery.claim = { life, fence: one.fence, key: one.deliveryId, byFeed, atMs: time.elapsedMs };
        this.#byKey.set(one.deliveryId, delivery);
        this.claimed++;
        count(this.#claimedByDestination, delivery.destination, 1);
      }
      this.counts.claims += claim.deliveries.length;
      if (byFeed) this.counts.fed += claim.deliveries.length;
      trace.add(
        `${byFeed ? 'fed' : 'claimed'} ${claim.facts.id} ${claim.destination} x${claim.deliveries.length}`,
      );
    }
    if (byFeed) this.#checkFeed(claims);
  }

  claimedOf(destination: string): number {
    return this.#claimedByDestination.get(destination) ?? 0;
  }

  settled(life: Life, batch: SettlementBatch, written: number): void {
    const known = batch.settlements.map((settlement) => {
      const delivery = this.#byKey.get(settlement.deliveryId);
      const mine = delivery?.claim?.life === life && delivery.claim.fence === settlement.fence;
      return mine ? { delivery, settlement } : undefined;
    });
    const valid = known.filter((one) => one !== undefined);
    this.holds(
      valid.length === written,
      `settle wrote ${written} of ${batch.settlements.length}, ${valid.length} of them were claimed`,
    );
    const noticed = noticedRecipients(batch.notices);
    for (const { delivery, settlement } of valid) this.#settleOne(delivery, settlement, noticed);
  }

  #settleOne(delivery: LedgerDelivery, settlement: Settlement, noticed: ReadonlySet<string>): void {
    const { time, trace, maxAgeMs } = this.#options;
    const { state, event, suppression } = settlement;
    const { facts } = delivery.message;
    const what = `${delivery.id} to ${delivery.destination}`;
    trace.add(`settled ${delivery.id} ${state}${settlement.countsAsAttempt ? ' counted' : ''}`);
    this.counts.settlements++;
    this.#release(delivery);
    if (delivery.unsettled) {
      this.holds(state === 'delivered', `taken by the host, and settled as ${state}: ${what}`);
      delivery.unsettled = false;
      count(this.#unsettledByDestination, delivery.destination, -1);
    }
    if (suppression !== undefined) this.suppresses(suppression.accountId, suppression.address);
    if (!isFinal(state)) return;
    this.holds(delivery.final === undefined, `settled twice: ${what}`);
    delivery.final = state;
    this.open.delete(delivery);
    this.finished.add(delivery);
    this.holds(event?.type === state, `the last event of ${what} is ${state}`);
    switch (state) {
      case 'delivered':
        this.holds(delivery.heard > 0, `delivered without a host that took it: ${what}`);
        break;
      case 'bounced':
        this.holds(
          delivery.refusedForGood || this.#noWay.has(delivery.destination),
          `bounced although nobody refused it for good: ${what}`,
        );
        break;
      case 'expired':
        this.holds(
          time.nowMs() >= endOf(delivery.message, maxAgeMs) - 60_000,
          `expired before its time: ${what}`,
        );
        break;
      case 'suppressed':
        this.holds(this.#wasSuppressed(delivery), `suppressed, but the address never was: ${what}`);
        break;
      default:
        this.breaks(`a settlement cannot make it ${state}: ${what}`);
    }
    if (noticed.has(`${facts.id} ${delivery.recipient}`)) delivery.notices++;
    const due = (state === 'bounced' || state === 'expired') && wantsFailureNotice(delivery);
    this.holds(delivery.notices === (due ? 1 : 0), `${delivery.notices} notices of ${what}, ${state}`);
  }

  /** An operator cancelled it. */
  cancelled(delivery: LedgerDelivery): void {
    this.holds(delivery.final === undefined, `cancelled although ${delivery.final ?? ''}: ${delivery.id}`);
    this.holds(delivery.claim === undefined, `cancelled while in the relay's hands: ${delivery.id}`);
    delivery.final = 'cancelled';
    this.open.delete(delivery);
    this.finished.add(delivery);
  }

  #release(delivery: LedgerDelivery): void {
    const { message, claim } = delivery;
    delivery.claim = undefined;
    this.claimed--;
    count(this.#claimedByDestination, delivery.destination, -1);
    if (claim?.byFeed !== true || !message.inMemory) return;
    if (message.deliveries.some((one) => one.claim?.byFeed === true)) return;
    message.inMemory = false;
    this.#contentBytes -= message.content.length;
  }

  /**
   * The feed keeps to its limits. What was settled in the same commit is told a moment later than what was fed in it, so
   * that only what stands then counts, less what was claimed meanwhile.
   */
  #checkFeed(claims: readonly Claim[]): void {
    const { feedDeliveries, feedDeliveriesPerDestination, maxContentBytes } = this.#options.limits;
    const perDestination = Math.max(ALWAYS_FED, feedDeliveriesPerDestination);
    this.#atMost(2 * feedDeliveries, 'deliveries fed', () => this.claimed);
    this.#atMost(maxContentBytes, 'octets of content fed', () => this.#contentBytes);
    for (const { destination } of claims)
      this.#atMost(perDestination, `deliveries to ${destination} fed`, () => this.claimedOf(destination));
  }

  #atMost(limit: number, what: string, count: () => number): void {
    if (count() <= limit) return;
    const { claims, fed } = this.counts;
    this.#options.time.after(0, () => {
      const claimedSince = this.counts.claims - claims - (this.counts.fed - fed);
      this.holds(count() - claimedSince <= limit, `${count()} ${what}, ${limit} may be`);
    });
  }

  // ---- at the hosts

  /** A transaction begins; gives the deliveries it is about, in order. */
  transactionBegins(life: Life, messageId: string, recipients: readonly string[]): LedgerDelivery[] {
    const { time, limits } = this.#options;
    this.counts.transactions++;
    this.holds(
      recipients.length <= limits.recipientsPerTransaction,
      `${recipients.length} recipients in one transaction`,
    );
    const refusesForMs = time.elapsedMs - (this.#storeRefusesSinceMs ?? Infinity);
    this.holds(!(refusesForMs > STORE_GRACE_MS), 'no attempt starts while the store takes nothing');
    const entry = this.messages.get(messageId);
    const found: LedgerDelivery[] = [];
    for (const recipient of recipients) {
      const delivery = entry?.deliveries.find((one) => one.recipient === recipient);
      if (delivery === undefined) {
        this.breaks(`a transaction for what was never accepted: ${messageId} to ${recipient}`);
        continue;
      }
      found.push(delivery);
      this.#mayBeTried(life, delivery);
      delivery.underWay = life;
    }
    return found;
  }

  transactionEnds(life: Life, deliveries: readonly LedgerDelivery[]): void {
    for (const delivery of deliveries) if (delivery.underWay === life) delivery.underWay = undefined;
  }

  #mayBeTried(life: Life, delivery: LedgerDelivery): void {
    const { time } = this.#options;
    const what = `${delivery.id} to ${delivery.recipient}`;
    this.holds(delivery.claim?.life === life, `tried without a claim: ${what}`);
    this.holds(delivery.final === undefined, `tried although ${delivery.final ?? ''}: ${what}`);
    this.holds(delivery.underWay === undefined, `tried twice at the same time: ${what}`);
    this.holds(!delivery.unsettled, `sent again by the same life that heard it was taken: ${what}`);
    if (delivery.heard > 0) {
      this.holds(delivery.mayRepeat, `sent again after it was taken and heard: ${what}`);
      this.counts.repeated++;
    } else if (delivery.taken > 0) {
      this.counts.doubtful++;
    }
    const since = delivery.refusedAtMs ?? -Infinity;
    const soon = time.elapsedMs - since < SOONEST_RETRY_MS;
    this.holds(
      !soon || this.#hurriedAtMs >= since || life.startedAtMs >= since,
      `tried again at once: ${what}`,
    );
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
    const unsettled = count(this.#unsettledByDestination, delivery.destination, 1);
    const { maxUnsettledPerDestination, recipientsPerTransaction } = this.#options.limits;
    this.holds(
      unsettled <= maxUnsettledPerDestination - 1 + recipientsPerTransaction,
      `${unsettled} outcomes of ${delivery.destination} would be repeated by a crash`,
    );
  }

  hearsRefusal(delivery: LedgerDelivery, code: number): void {
    if (code >= 500) delivery.refusedForGood = true;
    delivery.refusedAtMs = this.#options.time.elapsedMs;
  }

  /** This hop cannot take the message as it is. */
  hearsUnsendable(deliveries: readonly LedgerDelivery[]): void {
    for (const delivery of deliveries) delivery.refusedForGood = true;
  }

  /** DNS said that mail to `destination` goes nowhere. */
  hasNoWay(destination: string): void {
    this.#noWay.add(destination);
  }

  // ---- the rest of the world

  /** The relay asks the store for what is due: now and then, and when something was settled, but not in a loop. */
  asks(): void {
    const { time } = this.#options;
    const window = Math.floor(time.elapsedMs / ASKING_WINDOW_MS);
    if (window !== this.#asking.window) this.#asking = { window, asked: 0, settled: this.counts.settlements };
    const asked = ++this.#asking.asked;
    const allowed = MOST_ASKED + 3 * (this.counts.settlements - this.#asking.settled);
    this.holds(asked <= allowed, `the store is asked in a loop: ${asked} times in ten seconds`);
  }

  /** What the relay last heard from the store. */
  storeAnswered(ok: boolean): void {
    if (ok) this.#storeRefusesSinceMs = undefined;
    else this.#storeRefusesSinceMs ??= this.#options.time.elapsedMs;
  }

  suppresses(accountId: string, address: string): void {
    this.#suppressed.set(`${accountId} ${address}`, Infinity);
  }

  unsuppresses(accountId: string, address: string): void {
    const key = `${accountId} ${address}`;
    if (this.#suppressed.has(key)) this.#suppressed.set(key, this.#options.time.elapsedMs);
  }

  hurried(): void {
    this.#hurriedAtMs = this.#options.time.elapsedMs;
  }

  /** A life is over. What it had in hand is free, what it had heard and not written may be repeated. */
  lifeEnds(life: Life): void {
    for (const [id, entry] of this.messages) {
      if (entry.standing !== 'sent') continue;
      this.messages.delete(id);
      for (const delivery of entry.deliveries) this.deliveries.delete(delivery.id);
    }
    for (const delivery of this.deliveries.values()) {
      if (delivery.claim?.life === life) this.#release(delivery);
      if (delivery.underWay === life) delivery.underWay = undefined;
      if (!delivery.unsettled) continue;
      delivery.unsettled = false;
      delivery.mayRepeat = true;
      count(this.#unsettledByDestination, delivery.destination, -1);
    }
    this.#storeRefusesSinceMs = undefined;
    this.disturbed();
  }

  #isSuppressed({ message, recipient }: LedgerDelivery): boolean {
    return this.#suppressed.get(suppressionKey(message, recipient)) === Infinity;
  }

  #wasSuppressed({ message, recipient }: LedgerDelivery): boolean {
    return this.#suppressed.has(suppressionKey(message, recipient));
  }
}

function suppressionKey({ facts }: LedgerMessage, recipient: string): string {
  const mailbox = parseMailbox(recipient);
  return `${facts.accountId} ${isMailbox(mailbox) ? addressKey(mailbox) : recipient}`;
}

function count(counts: Map<string, number>, key: string, change: number): number {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
  return sum;
}
