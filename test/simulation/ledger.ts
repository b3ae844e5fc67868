/**
 * The observer: hears of everything that became durable, everything that hosts took and everything the relay was told,
 * and holds it against what the relay promises. Nothing in here knows how the relay works inside.
 *
 * Promises checked here, as things happen: 250 is said after the commit; a delivery is settled once, with its event; an
 * outcome is one that really happened; a failure is reported to the sender once. Those about claims are in hands.ts, about
 * the hosts in sending.ts; what can only be seen in the database is the audit's business, what needs a while progress.ts's.
 */
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import { isFinal } from '../../src/policy/delivery-state.ts';
import type { Claim, Settlement, SettlementBatch } from '../../src/store/delivery-records.ts';
import type { NewMessage } from '../../src/store/message-records.ts';
import { Hands } from './hands.ts';
import {
  endOf,
  ledgerMessage,
  mayBeTold,
  type LedgerDelivery,
  type LedgerMessage,
} from './ledger-entries.ts';
import type { Life } from './life.ts';
import { readDsns } from './dsn-reading.ts';
import { Promises } from './promises.ts';
import { Sending } from './sending.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { SuppressedAddresses } from './suppressed-addresses.ts';
import type { Trace } from './trace.ts';

export interface LedgerOptions {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly limits: DeliveryLimits;
  readonly accounts: number;
  readonly maxAgeMs: number;
}

/** What is left of a delivery's time may be too short for another attempt (policy/retry.ts): the first wait. */
const TOO_SHORT_MS = 60_000;

export class Ledger {
  readonly promises = new Promises();
  readonly suppressed = new SuppressedAddresses();
  readonly hands: Hands;
  readonly sending: Sending;
  readonly messages = new Map<string, LedgerMessage>();
  readonly deliveries = new Map<string, LedgerDelivery>();
  /** Stored and not in a final state. */
  readonly open = new Set<LedgerDelivery>();
  /** In a final state, and its story not read yet (audit.ts). */
  readonly finished = new Set<LedgerDelivery>();
  /** World time of the last settlement, by destination. */
  readonly settledAtMs = new Map<string, number>();
  settlements = 0;
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    const { time, limits, accounts } = options;
    const { promises, suppressed } = this;
    this.#options = options;
    this.hands = new Hands({
      time,
      limits,
      accounts,
      promises,
      isSuppressed: (delivery) => suppressed.isOf(delivery),
    });
    this.sending = new Sending({ time, limits, promises });
  }

  // ---- acceptance

  /** On its way to the store. */
  sent(message: NewMessage, content: Buffer): LedgerMessage {
    const entry = ledgerMessage(message, content);
    const { id } = entry.facts;
    this.promises.holds(!this.messages.has(id), `message ids are unique: ${id}`);
    this.messages.set(id, entry);
    for (const delivery of entry.deliveries) this.deliveries.set(delivery.id, delivery);
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

  /** The commit that took its message found it suppressed. */
  suppressedAtOnce(delivery: LedgerDelivery): void {
    const { id, final, claim } = delivery;
    this.promises.holds(this.suppressed.wasOf(delivery), `suppressed, and the address never was: ${id}`);
    this.promises.holds(claim === undefined, `suppressed while in the relay's hands: ${id}`);
    if (final !== undefined) return;
    delivery.final = 'suppressed';
    this.open.delete(delivery);
    this.finished.add(delivery);
  }

  /** The store did not take it. */
  forgotten(entry: LedgerMessage): void {
    const { id } = entry.facts;
    this.promises.holds(entry.standing === 'sent', `${id} was refused, and yet it is in the store`);
    if (entry.standing === 'sent') this.#forget(entry);
  }

  /** The client heard 250. */
  promised(id: string): void {
    const entry = this.messages.get(id);
    const isStored = entry !== undefined && entry.standing !== 'sent';
    this.promises.holds(isStored, `250 is said after the commit: ${id}`);
    if (entry !== undefined) entry.standing = 'promised';
  }

  // ---- claims and outcomes, as they became durable

  claimed(life: Life, claims: readonly Claim[], byFeed: boolean): void {
    const { promises, hands } = this;
    for (const claim of claims) {
      const entry = this.messages.get(claim.facts.id);
      if (entry === undefined) {
        promises.breaks(`a claim of the unknown message ${claim.facts.id}`);
        return;
      }
      this.stored(entry);
      if (claim.content !== undefined) hands.takeContent(entry);
      for (const one of claim.deliveries) {
        const delivery = this.deliveries.get(one.id);
        if (delivery === undefined) promises.breaks(`a claim of the unknown delivery ${one.id}`);
        else hands.take(life, delivery, one, byFeed);
      }
      const how = byFeed ? 'fed' : 'claimed';
      this.#options.trace.add(`${how} ${claim.facts.id} ${claim.destination} x${claim.deliveries.length}`);
    }
    if (byFeed) hands.checkFeed(claims);
  }

  settled(life: Life, { settlements, dsns }: SettlementBatch, written: number): void {
    this.#readDsns(dsns);
    let valid = 0;
    for (const settlement of settlements) {
      const delivery = this.hands.find(life, settlement.deliveryId, settlement.fence);
      if (delivery === undefined) continue;
      valid++;
      this.#settle(delivery, settlement);
    }
    this.promises.holds(
      valid === written,
      `settle wrote ${written} of ${settlements.length}, ${valid} of them were claimed`,
    );
  }

  /** An operator cancelled it. */
  cancelled(delivery: LedgerDelivery): void {
    const { id, final, claim } = delivery;
    this.promises.holds(final === undefined, `cancelled although ${final ?? ''}: ${id}`);
    this.promises.holds(claim === undefined, `cancelled while in the relay's hands: ${id}`);
    delivery.final = 'cancelled';
    this.open.delete(delivery);
    this.finished.add(delivery);
  }

  /** What it had in hand is free; what was on its way to the store never arrived. */
  lifeEnds(life: Life): void {
    for (const entry of [...this.messages.values()]) if (entry.standing === 'sent') this.#forget(entry);
    for (const delivery of this.open) if (delivery.claim?.life === life) this.hands.release(delivery);
    this.sending.lifeEnds(life, this.open);
  }

  /** The delivery of `messageId` to `recipient`. */
  find(messageId: string, recipient: string): LedgerDelivery | undefined {
    return this.messages.get(messageId)?.deliveries.find((one) => one.recipient === recipient);
  }

  #forget({ facts, deliveries }: LedgerMessage): void {
    this.messages.delete(facts.id);
    for (const { id } of deliveries) this.deliveries.delete(id);
  }

  #settle(delivery: LedgerDelivery, settlement: Settlement): void {
    const { time, trace } = this.#options;
    const { state, event, suppression } = settlement;
    const { id, destination } = delivery;
    const what = `${id} to ${destination}`;
    trace.add(`settled ${id} ${state}${settlement.countsAsAttempt ? ' counted' : ''}`);
    this.settlements++;
    this.settledAtMs.set(destination, time.elapsedMs);
    this.hands.release(delivery);
    if (settlement.countsAsAttempt) delivery.tried = true;
    const wasTaken = this.sending.settled(delivery);
    this.promises.holds(
      !wasTaken || state === 'delivered',
      `taken by the host, and settled as ${state}: ${what}`,
    );
    const fault = settlement.attempts.find(({ localClass }) => localClass === 'local-fault');
    this.promises.holds(fault === undefined, `a fault of the relay's own: ${what}: ${fault?.text}`);
    if (suppression !== undefined) this.suppressed.add(suppression.accountId, suppression.address);
    for (const taken of settlement.withholding?.withdrawn ?? [])
      this.suppressed.remove(taken.accountId, taken.address);
    if (!isFinal(state)) return;

    this.promises.holds(delivery.final === undefined, `settled twice: ${what}`);
    delivery.final = state;
    this.open.delete(delivery);
    this.finished.add(delivery);
    this.promises.holds(event?.type === state, `the last event of ${what} is ${state}`);
    this.#checkOutcome(delivery, state, what);
    this.#checkNotices(delivery, state, what);
  }

  #readDsns(dsns: readonly NewMessage[]): void {
    for (const { messageId, recipient, action } of readDsns(dsns)) {
      const delivery = this.find(messageId, recipient);
      const isDue = delivery !== undefined && mayBeTold(delivery, action);
      this.promises.holds(isDue, `a dsn nobody asked for: ${messageId} to ${recipient} ${action}`);
      const isNew = delivery?.dsns.includes(action) === false;
      this.promises.holds(isNew, `a second dsn: ${messageId} to ${recipient} ${action}`);
      delivery?.dsns.push(action);
    }
  }

  /** A failure is reported in the commit that settles it, and nothing else is called one. */
  #checkNotices(delivery: LedgerDelivery, state: Settlement['state'], what: string): void {
    const isFailure = state === 'bounced' || state === 'expired';
    const isTold = delivery.dsns.includes('failed');
    const isDue = isFailure && mayBeTold(delivery, 'failed');
    this.promises.holds(isTold === isDue, `${isTold ? 'a' : 'no'} dsn of ${what}, ${state}`);
    const isRelayed = delivery.dsns.includes('relayed');
    this.promises.holds(!isRelayed || state === 'delivered', `called relayed, and ${state}: ${what}`);
  }

  /** It really happened. */
  #checkOutcome(delivery: LedgerDelivery, state: Settlement['state'], what: string): void {
    const { promises, sending, suppressed } = this;
    const { time, maxAgeMs } = this.#options;
    if (state === 'delivered') promises.holds(delivery.heard > 0, `delivered, and no host took it: ${what}`);
    if (state === 'bounced')
      promises.holds(sending.mayBounce(delivery), `bounced, and nobody refused it for good: ${what}`);
    if (state === 'suppressed')
      promises.holds(suppressed.wasOf(delivery), `suppressed, and the address never was: ${what}`);
    if (state === 'expired') {
      const endsAtMs = endOf(delivery.message, maxAgeMs) - TOO_SHORT_MS;
      promises.holds(time.nowMs() >= endsAtMs, `expired before its time: ${what}`);
    }
  }
}
