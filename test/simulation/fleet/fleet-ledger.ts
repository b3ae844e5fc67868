/**
 * The observer of a fleet: what clients were promised, what nodes heard of the store, and what hosts took. It is not told
 * what became durable (nobody may know, when an answer was lost): that is read in the database itself, at the moments that
 * matter (fleet-sending.ts) and now and then all of it (fleet-audit.ts).
 */
import type { Claim, SettlementBatch } from '../../../src/store/delivery-records.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { ClientWitness } from '../clients.ts';
import { ledgerMessage, type LedgerDelivery, type LedgerMessage } from '../ledger-entries.ts';
import type { Life } from '../life.ts';
import type { AccountPlan } from '../plan.ts';
import type { Promises } from '../promises.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { Trace } from '../trace.ts';
import type { Witness } from '../witness.ts';
import type { FleetSending } from './fleet-sending.ts';

export interface FleetLedgerOptions {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly promises: Promises;
  readonly sending: FleetSending;
  readonly passedRate: (account: AccountPlan) => void;
}

/** What a node was told that it has in hand. */
interface InHand {
  readonly life: Life;
  readonly delivery: LedgerDelivery;
  readonly atMs: number;
}

export class FleetLedger implements Witness, ClientWitness {
  readonly messages = new Map<string, LedgerMessage>();
  readonly deliveries = new Map<string, LedgerDelivery>();
  readonly promises: Promises;
  readonly sending: FleetSending;
  readonly counts = { promised: 0, claims: 0, fed: 0, settlements: 0, late: 0 };
  /** World time of the last settlement that a node heard of, by destination. */
  readonly settledAtMs = new Map<string, number>();
  readonly #options: FleetLedgerOptions;
  readonly #byKey = new Map<number, LedgerDelivery>();
  readonly #inHand = new Map<Life, Map<number, InHand>>();

  constructor(options: FleetLedgerOptions) {
    this.#options = options;
    this.promises = options.promises;
    this.sending = options.sending;
  }

  /** On its way to a store. */
  sent(message: NewMessage, content: Buffer): LedgerMessage {
    const entry = ledgerMessage(message, content);
    const { id } = entry.facts;
    this.promises.holds(!this.messages.has(id), `message ids are unique: ${id}`);
    this.messages.set(id, entry);
    for (const delivery of entry.deliveries) this.deliveries.set(delivery.id, delivery);
    return entry;
  }

  /** Somebody saw that it is in the store. */
  stored(entry: LedgerMessage): void {
    if (entry.standing !== 'sent') return;
    entry.standing = 'stored';
    entry.storedAtMs = this.#options.time.elapsedMs;
  }

  promised(id: string): void {
    const entry = this.messages.get(id);
    this.promises.holds(entry?.standing === 'stored', `250 is said after the commit: ${id}`);
    if (entry !== undefined) entry.standing = 'promised';
    this.counts.promised++;
  }

  passedRate(account: AccountPlan): void {
    this.#options.passedRate(account);
  }

  find(messageId: string, recipient: string): LedgerDelivery | undefined {
    return this.messages.get(messageId)?.deliveries.find((one) => one.recipient === recipient);
  }

  /** A node heard that it has claimed them. */
  claimed(life: Life, claims: readonly Claim[], { byFeed, node }: { byFeed: boolean; node: string }): void {
    for (const { facts, deliveries, destination } of claims) {
      const entry = this.messages.get(facts.id);
      if (entry === undefined) {
        this.promises.breaks(`a claim of the unknown message ${facts.id}`);
        return;
      }
      this.stored(entry);
      for (const { id, deliveryId: key } of deliveries) {
        const delivery = this.deliveries.get(id);
        if (delivery === undefined) this.promises.breaks(`a claim of the unknown delivery ${id}`);
        else this.#take(life, key, delivery);
      }
      this.counts.claims += deliveries.length;
      if (byFeed) this.counts.fed += deliveries.length;
      const how = byFeed ? 'is fed' : 'claims';
      this.#options.trace.add(`${node} ${how} ${facts.id} ${destination} x${deliveries.length}`);
    }
  }

  /** A node heard that outcomes are written, or came too late. */
  settled(
    life: Life,
    { settlements }: SettlementBatch,
    { written, node }: { written: number; node: string },
  ): void {
    this.counts.settlements += written;
    this.counts.late += settlements.length - written;
    const mine = this.#inHand.get(life);
    for (const { deliveryId, state } of settlements) {
      // One node may have the same delivery from two of its lives.
      const delivery = this.#byKey.get(deliveryId);
      mine?.delete(deliveryId);
      if (delivery === undefined) continue;
      this.sending.settled(life, delivery);
      this.settledAtMs.set(delivery.destination, this.#options.time.elapsedMs);
      this.#options.trace.add(`${node} settles ${delivery.id} ${state}`);
    }
  }

  /** The process is gone. */
  lifeEnds(life: Life): void {
    this.#inHand.delete(life);
    this.sending.lifeEnds(life);
  }

  /** What the process has had in hand since before `sinceMs`. */
  *inHandSince(life: Life, sinceMs: number): Iterable<LedgerDelivery> {
    for (const { delivery, atMs } of this.#inHand.get(life)?.values() ?? [])
      if (atMs < sinceMs) yield delivery;
  }

  #take(life: Life, key: number, delivery: LedgerDelivery): void {
    const mine = this.#inHand.get(life) ?? new Map<number, InHand>();
    this.#inHand.set(life, mine);
    mine.set(key, { life, delivery, atMs: this.#options.time.elapsedMs });
    this.#byKey.set(key, delivery);
    this.sending.claimed(delivery, key);
  }
}
