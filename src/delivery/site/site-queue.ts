/**
 * Parcels that wait for a connection to one site, in the order that is fair: accounts take turns, within an account
 * its destinations take turns, within a destination first come, first served. So a busy account delays another by
 * one message at the most, and a domain that may take no more for the moment holds up no other.
 */
import type { Destination } from '../destination-state.ts';
import type { Parcel } from '../claims/parcel.ts';

export class SiteQueue {
  // Maps keep the order of insertion: the first is next, and one that had its turn is put last.
  readonly #accounts = new Map<string, Map<Destination, Lane>>();
  #size = 0;

  /** Parcels waiting. */
  get size(): number {
    return this.#size;
  }

  push(parcel: Parcel): void {
    this.#lane(parcel).push(parcel);
    this.#size++;
  }

  /** Puts a parcel back to the head of its lane. */
  unshift(parcel: Parcel): void {
    this.#lane(parcel).unshift(parcel);
    this.#size++;
  }

  /** The next parcel whose destination may take one, and that `suits`; `undefined` when there is none. */
  take(
    mayTake: (destination: Destination) => boolean,
    suits: (parcel: Parcel) => boolean = () => true,
  ): Parcel | undefined {
    for (const [accountId, lanes] of this.#accounts) {
      for (const [destination, lane] of lanes) {
        if (!mayTake(destination)) continue;
        const parcel = lane.take(suits);
        if (parcel === undefined) continue;
        this.#size--;
        if (lane.size === 0) this.#removeLane(accountId, destination);
        else if (lanes.size > 1) moveToEnd(lanes, destination, lane);
        if (lanes.size > 0 && this.#accounts.size > 1) moveToEnd(this.#accounts, accountId, lanes);
        return parcel;
      }
    }
    return undefined;
  }

  /** True when {@link take} would give a parcel to whom all suit. */
  has(mayTake: (destination: Destination) => boolean): boolean {
    for (const lanes of this.#accounts.values())
      for (const destination of lanes.keys()) if (mayTake(destination)) return true;
    return false;
  }

  /** Takes the youngest parcels of `destination` out, the longest lane first, until `keepDeliveries` are left of it. */
  shed(destination: Destination, keepDeliveries: number): Parcel[] {
    const lanes: { accountId: string; lane: Lane }[] = [];
    for (const [accountId, ofAccount] of this.#accounts) {
      const lane = ofAccount.get(destination);
      if (lane !== undefined) lanes.push({ accountId, lane });
    }
    let left = lanes.reduce((sum, { lane }) => sum + lane.deliveries, 0);
    const taken: Parcel[] = [];
    while (left > keepDeliveries) {
      const longest = lanes.reduce((most, one) => (one.lane.size > most.lane.size ? one : most));
      const parcel = longest.lane.pop();
      if (parcel === undefined) break;
      left -= parcel.deliveries.length;
      taken.push(parcel);
      this.#size--;
      if (longest.lane.size === 0) this.#removeLane(longest.accountId, destination);
    }
    return taken;
  }

  /** Takes out what `isOver` says yes to; it is settled then. */
  sweep(isOver: (parcel: Parcel) => boolean): void {
    for (const [accountId, lanes] of this.#accounts) {
      for (const [destination, lane] of lanes) {
        this.#size -= lane.sweep(isOver);
        if (lane.size === 0) this.#removeLane(accountId, destination);
      }
    }
  }

  /** Takes everything out, lane by lane (account and destination), each in its order. */
  drain(): Parcel[][] {
    const drained: Parcel[][] = [];
    for (const lanes of this.#accounts.values()) for (const lane of lanes.values()) drained.push(lane.rest());
    this.#accounts.clear();
    this.#size = 0;
    return drained;
  }

  #removeLane(accountId: string, destination: Destination): void {
    const lanes = this.#accounts.get(accountId);
    lanes?.delete(destination);
    if (lanes?.size === 0) this.#accounts.delete(accountId);
  }

  #lane({ facts: { accountId }, destination }: Parcel): Lane {
    let lanes = this.#accounts.get(accountId);
    if (lanes === undefined) this.#accounts.set(accountId, (lanes = new Map<Destination, Lane>()));
    let lane = lanes.get(destination);
    if (lane === undefined) lanes.set(destination, (lane = new Lane()));
    return lane;
  }
}

/** First in, first out, without moving the rest at every shift. */
class Lane {
  // What was taken is overwritten, so that its content can be freed.
  #items: (Parcel | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(parcel: Parcel): void {
    this.#items.push(parcel);
  }

  unshift(parcel: Parcel): void {
    if (this.#head > 0) this.#items[--this.#head] = parcel;
    else this.#items.unshift(parcel);
  }

  /** The first that `suits`: nearly always the first of all. */
  take(suits: (parcel: Parcel) => boolean): Parcel | undefined {
    const parcel = this.#items[this.#head];
    if (parcel === undefined) return undefined;
    if (!suits(parcel)) {
      const at = this.#items.findIndex((one) => one !== undefined && suits(one));
      return at === -1 ? undefined : this.#items.splice(at, 1)[0];
    }
    this.#items[this.#head++] = undefined;
    if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return parcel;
  }

  pop(): Parcel | undefined {
    if (this.size === 0) return undefined;
    return this.#items.pop();
  }

  /** How many were taken out. */
  sweep(isOver: (parcel: Parcel) => boolean): number {
    const before = this.size;
    const kept = this.rest().filter((parcel) => !isOver(parcel));
    if (kept.length === before) return 0;
    this.#items = kept;
    this.#head = 0;
    return before - kept.length;
  }

  get deliveries(): number {
    return this.rest().reduce((sum, parcel) => sum + parcel.deliveries.length, 0);
  }

  rest(): Parcel[] {
    return this.#items.filter((parcel) => parcel !== undefined);
  }
}

function moveToEnd<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}
