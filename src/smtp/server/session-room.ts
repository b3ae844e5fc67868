/**
 * How many connections at once, over all listeners of a service: in all, from one host and, where that is asked for, from
 * one client network. An IPv6 client counts by its /64: it owns all of it.
 *
 * Connections that are only held open keep nobody out. Where there is no more room, a newcomer gets the place of one of the
 * party with most: an account, or the client network of one that no account is known of. Where no party has more than the
 * newcomer's, one gives way that has done nothing for a while and never logged in. Only then is the newcomer turned away.
 */
import type { Clock } from '../../platform/clock.ts';
import { clientHost, clientNetwork } from '../../platform/network/client-network.ts';

/** One connection. */
export interface Occupant {
  readonly address: string;
  /** It can be ended without taking anything back: it is not in a transaction. */
  readonly idle: boolean;
  /** It is to end, and is not counted any more. */
  giveWay(): void;
}

export interface RoomSize {
  readonly all: number;
  readonly perHost: number;
  readonly perNetwork?: number;
}

/** A client that wants something has logged in by then, or mailed its report. */
const STRANGERS_PATIENCE_MS = 15_000;
/** Who has nothing but transactions under way is looked through no further. */
const LOOKED_AT = 100;

interface Place {
  readonly host: string;
  readonly network: string;
  party: string;
  account: string | undefined;
  /** When it last did something that counts: connected, logged in, began or ended a transaction. */
  touchedMs: number;
}

export class SessionRoom {
  readonly #size: RoomSize;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #places = new Map<Occupant, Place>();
  /** Of each party, the one that did nothing for longest first. */
  readonly #parties = new Map<string, Set<Occupant>>();
  /** Without an account, in the same order. */
  readonly #strangers = new Set<Occupant>();
  /** By host and by network: their keys differ. */
  readonly #counts = new Map<string, number>();

  constructor(size: RoomSize, clock: Pick<Clock, 'monotonic'>) {
    this.#size = size;
    this.#clock = clock;
  }

  get total(): number {
    return this.#places.size;
  }

  /** False: there is no room. After true, `leave` has to follow. */
  admit(newcomer: Occupant): boolean {
    const { all, perHost, perNetwork = Infinity } = this.#size;
    const host = clientHost(newcomer.address);
    const network = clientNetwork(newcomer.address);
    if (this.#count(host) >= perHost || this.#count(network) >= perNetwork) return false;
    if (this.#places.size >= all && !this.#makeRoom(network)) return false;
    this.#change(host, 1);
    this.#change(network, 1);
    const touchedMs = this.#clock.monotonic();
    this.#places.set(newcomer, { host, network, party: network, account: undefined, touchedMs });
    this.#enter(newcomer, network);
    this.#strangers.add(newcomer);
    return true;
  }

  /** It did something that counts; `account`: whose it is, once that is known. */
  touch(occupant: Occupant, account: string | undefined): void {
    const place = this.#places.get(occupant);
    if (place === undefined) return;
    place.touchedMs = this.#clock.monotonic();
    if (account !== undefined && account !== place.account) {
      this.#exit(occupant, place);
      place.party = `account ${account}`;
      place.account = account;
      this.#enter(occupant, place.party);
    } else {
      toBack(this.#parties.get(place.party), occupant);
      if (place.account === undefined) toBack(this.#strangers, occupant);
    }
  }

  /** Does nothing for one that was not admitted, or gave way. */
  leave(occupant: Occupant): void {
    const place = this.#places.get(occupant);
    if (place === undefined) return;
    this.#places.delete(occupant);
    this.#exit(occupant, place);
    this.#change(place.host, -1);
    this.#change(place.network, -1);
  }

  #makeRoom(network: string): boolean {
    const victim = this.#ofLargest(network) ?? this.#ofStrangers();
    if (victim === undefined) return false;
    this.leave(victim);
    victim.giveWay();
    return true;
  }

  /** Of a party that has more than `network` will have. One that has most of the room gives way in a transaction too. */
  #ofLargest(network: string): Occupant | undefined {
    let largest: ReadonlySet<Occupant> | undefined;
    let most = (this.#parties.get(network)?.size ?? 0) + 1;
    for (const party of this.#parties.values()) if (party.size > most) [largest, most] = [party, party.size];
    if (largest === undefined) return undefined;
    const first = firstOf(largest, LOOKED_AT, ({ idle }) => idle);
    return first ?? (most > this.#size.all / 2 ? firstOf(largest, 1, () => true) : undefined);
  }

  #ofStrangers(): Occupant | undefined {
    const untilMs = this.#clock.monotonic() - STRANGERS_PATIENCE_MS;
    return firstOf(this.#strangers, 1, (one) => (this.#places.get(one)?.touchedMs ?? Infinity) <= untilMs);
  }

  #enter(occupant: Occupant, party: string): void {
    const members = this.#parties.get(party);
    if (members === undefined) this.#parties.set(party, new Set([occupant]));
    else members.add(occupant);
  }

  #exit(occupant: Occupant, { party }: Place): void {
    const members = this.#parties.get(party);
    members?.delete(occupant);
    if (members?.size === 0) this.#parties.delete(party);
    this.#strangers.delete(occupant);
  }

  #count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #change(key: string, by: 1 | -1): void {
    const count = this.#count(key) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

/** It is there already. */
function toBack(set: Set<Occupant> | undefined, one: Occupant): void {
  set?.delete(one);
  set?.add(one);
}

/** Among the first `most`. */
function firstOf(
  set: ReadonlySet<Occupant>,
  most: number,
  fits: (one: Occupant) => boolean,
): Occupant | undefined {
  let looked = 0;
  for (const one of set) {
    if (fits(one)) return one;
    if (++looked === most) return undefined;
  }
  return undefined;
}
