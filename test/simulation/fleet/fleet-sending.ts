/**
 * What happens to deliveries at the hosts, with several nodes. Promises: MAIL is said, and the final dot sent, only by the
 * node that has the delivery claimed in the database at that moment, in the life that it lives; what a host took and a node
 * heard of is sent again only after that life has ended, and not by it; the outcomes that an end can repeat stay under
 * the limit; a refused recipient is not tried again at once.
 */
import type { DeliveryLimits } from '../../../src/delivery/limits.ts';
import type { RecipientReply } from '../../../src/smtp/client/session.ts';
import type { LedgerDelivery } from '../ledger-entries.ts';
import type { Life } from '../life.ts';
import type { Promises } from '../promises.ts';
import { RefusalsHeard } from '../refusals-heard.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { Tally } from '../tally.ts';
import type { SendingWitness } from '../witness.ts';

/** A retry sooner than this is no retry by any schedule. */
const SOONEST_RETRY_MS = 45_000;

export interface DeliveryTruth {
  readonly id: number;
  readonly state: string;
  readonly settled_at: number | null;
  readonly claim_life: number | null;
  /** 1: the life that claims it has not ended. */
  readonly lives: number;
}

export interface FleetSendingOptions {
  readonly time: SimulatedTime;
  readonly limits: DeliveryLimits;
  readonly promises: Promises;
  /** As it is in the database now. */
  readonly truthOf: (keys: readonly number[]) => Promise<readonly DeliveryTruth[]>;
  readonly hasEnded: (lifeKey: number) => Promise<boolean>;
  /** The life that a process lives by its board, and its name. */
  readonly nodeOf: (life: Life) => { readonly lifeKey: number; readonly name: string };
  /** Wall clocks are so far apart. */
  readonly skewMs: () => number;
}

interface Heard {
  readonly lifeKey: number;
}

export class FleetSending extends RefusalsHeard implements SendingWitness {
  readonly counts = { transactions: 0, taken: 0, repeated: 0, doubtful: 0 };
  readonly #options: FleetSendingOptions;
  readonly #keys = new Map<LedgerDelivery, number>();
  /** In which lives it was heard that a host took it. */
  readonly #heard = new Map<LedgerDelivery, Heard[]>();
  /** Outcomes heard and not durable, by process and destination. */
  readonly #unsettled = new Map<Life, { readonly tally: Tally; readonly deliveries: Set<LedgerDelivery> }>();
  readonly #underWay = new Map<LedgerDelivery, Life>();
  /** In which life the last refusal was heard. */
  readonly #refusedIn = new Map<LedgerDelivery, number>();
  #hurriedAtMs = -Infinity;

  constructor(options: FleetSendingOptions) {
    super(options.time);
    this.#options = options;
  }

  /** A node has it in hand, under this key. */
  claimed(delivery: LedgerDelivery, key: number): void {
    this.#keys.set(delivery, key);
  }

  async begins(life: Life, deliveries: readonly LedgerDelivery[], host: string): Promise<void> {
    const { limits, promises } = this.#options;
    this.counts.transactions++;
    const { length } = deliveries;
    promises.holds(length <= limits.recipientsPerTransaction, `${length} recipients in one transaction`);
    await this.#checkHeld(life, deliveries, 'MAIL');
    for (const delivery of deliveries) {
      await this.#mayBeTried(life, delivery, host);
      this.#underWay.set(delivery, life);
    }
  }

  async ending(life: Life, deliveries: readonly LedgerDelivery[]): Promise<void> {
    await this.#checkHeld(life, deliveries, 'the final dot');
  }

  ends(life: Life, deliveries: readonly LedgerDelivery[]): void {
    for (const delivery of deliveries)
      if (this.#underWay.get(delivery) === life) this.#underWay.delete(delivery);
  }

  takes(delivery: LedgerDelivery): void {
    delivery.taken++;
    this.counts.taken++;
  }

  hears(delivery: LedgerDelivery, life: Life): void {
    delivery.heard++;
    const heard = this.#heard.get(delivery) ?? [];
    this.#heard.set(delivery, heard);
    heard.push({ lifeKey: this.#options.nodeOf(life).lifeKey });
    const mine = this.#unsettled.get(life) ?? { tally: new Tally(), deliveries: new Set() };
    this.#unsettled.set(life, mine);
    if (mine.deliveries.has(delivery)) return;
    mine.deliveries.add(delivery);
    const count = mine.tally.add(delivery.destination, 1);
    const { maxUnsettledPerDestination: most, recipientsPerTransaction } = this.#options.limits;
    this.#options.promises.holds(
      count <= most - 1 + recipientsPerTransaction,
      `${count} outcomes of ${delivery.destination} would be repeated by a crash`,
    );
  }

  override hearsRefusal(delivery: LedgerDelivery, refusal: RecipientReply, host: string, life: Life): void {
    this.#refusedIn.set(delivery, this.#options.nodeOf(life).lifeKey);
    super.hearsRefusal(delivery, refusal, host, life);
  }

  settled(life: Life, delivery: LedgerDelivery): void {
    const mine = this.#unsettled.get(life);
    if (mine?.deliveries.delete(delivery) === true) mine.tally.add(delivery.destination, -1);
  }

  /** Somebody, or a clock, made things due before their time. */
  hurried(): void {
    this.#hurriedAtMs = this.#options.time.elapsedMs;
  }

  lifeEnds(life: Life): void {
    this.#unsettled.delete(life);
    for (const [delivery, whose] of this.#underWay) if (whose === life) this.#underWay.delete(delivery);
    // What it had in hand is due at once.
    this.hurried();
  }

  /** Its node, and no other, has it: by the database. */
  async #checkHeld(life: Life, deliveries: readonly LedgerDelivery[], what: string): Promise<void> {
    const { promises, truthOf, nodeOf } = this.#options;
    const keys = deliveries.map((delivery) => this.#keys.get(delivery) ?? -1);
    const rows = await truthOf(keys);
    const { lifeKey, name } = nodeOf(life);
    for (const [index, { id, recipient }] of deliveries.entries()) {
      const row = rows.find((one) => one.id === keys[index]);
      const by = `${what} by ${name} in life ${lifeKey} for ${id} to ${recipient}`;
      promises.holds(row !== undefined, `${by}: it is not in the store`);
      promises.holds(row?.settled_at === null, `${by}: it is ${row?.state ?? ''} already`);
      const holder = row?.claim_life;
      promises.holds(
        holder === lifeKey,
        `${by}: ${holder === null ? 'nobody has' : `life ${holder ?? ''} has`} claimed it`,
      );
      promises.holds(row?.lives === 1, `${by}: others ended that life`);
    }
  }

  async #mayBeTried(life: Life, delivery: LedgerDelivery, host: string): Promise<void> {
    const { time, promises, nodeOf, skewMs } = this.#options;
    const what = `${delivery.id} to ${delivery.recipient}`;
    promises.holds(this.#underWay.get(delivery) !== life, `tried twice at the same time: ${what}`);
    const heard = this.#heard.get(delivery) ?? [];
    const { lifeKey } = nodeOf(life);
    // That an earlier life has ended the claim says: no other could have it.
    const again = heard.some((one) => one.lifeKey === lifeKey);
    promises.holds(!again, `sent again by the same life that heard it was taken: ${what}`);
    if (heard.length > 0) this.counts.repeated++;
    else if (delivery.taken > 0) this.counts.doubtful++;
    const since = delivery.refusedAtMs ?? -Infinity;
    const another = delivery.refusedBy !== undefined && delivery.refusedBy !== host;
    const soon = !another && time.elapsedMs - since < SOONEST_RETRY_MS - skewMs();
    if (!soon || this.#hurriedAtMs >= since) return;
    // Others ended the life in which that was heard, before it was written.
    const isLost = await this.#options.hasEnded(this.#refusedIn.get(delivery) ?? 0);
    promises.holds(isLost, `tried again at once: ${what}`);
  }
}
