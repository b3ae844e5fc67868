/**
 * Limits concurrent connections over all listeners of a service: in total, for each host and optionally for each
 * client network. An IPv6 client counts by its /64, which it controls.
 *
 * Idle connections keep nobody out. When the service is full, a newcomer gets a slot of the flow with most: an
 * account, or the client network of connections without one. If no flow has more than the newcomer's network, a
 * connection that has been idle for a while and never logged in is closed. Only otherwise is the newcomer refused.
 */
import type { Clock } from '../../platform/clock.ts';
import { clientHost, clientNetwork } from '../../platform/network/client-network.ts';

/** One connection. */
export interface Occupant {
  readonly address: string;
  /** True outside a transaction: it can be closed without loss. */
  readonly idle: boolean;
  /** Closes the connection; it is no longer counted. */
  giveWay(): void;
}

/** May change. */
export interface RoomSize {
  /** In all. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionsPerNetwork?: number;
}

/** A real client has logged in by then, or sent its report. */
const STRANGERS_PATIENCE_MS = 15_000;
/** Search limit in a flow whose connections are all in transactions. */
const LOOKED_AT = 100;

interface Slot {
  readonly host: string;
  readonly network: string;
  flow: string;
  account: string | undefined;
  /** Time of its last connect, login, or start or end of a transaction. */
  touchedMs: number;
}

export class SessionRoom {
  readonly #size: RoomSize;
  readonly #atMost: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #slots = new Map<Occupant, Slot>();
  /** For each flow, the longest idle connection first. */
  readonly #flows = new Map<string, Set<Occupant>>();
  /** Connections without an account, in the same order. */
  readonly #strangers = new Set<Occupant>();
  /** By host and by network; their keys differ. */
  readonly #counts = new Map<string, number>();

  /** `atMost`: in all, whatever `size` says. */
  constructor(size: RoomSize, clock: Pick<Clock, 'monotonic'>, atMost = Infinity) {
    this.#size = size;
    this.#atMost = atMost;
    this.#clock = clock;
  }

  get total(): number {
    return this.#slots.size;
  }

  get #most(): number {
    return Math.min(this.#size.maxConnections, this.#atMost);
  }

  /** False: full. After true, `leave` must follow. */
  admit(newcomer: Occupant): boolean {
    const { maxConnectionsPerAddress, maxConnectionsPerNetwork = Infinity } = this.#size;
    const host = clientHost(newcomer.address);
    const network = clientNetwork(newcomer.address);
    if (this.#count(host) >= maxConnectionsPerAddress) return false;
    if (this.#count(network) >= maxConnectionsPerNetwork) return false;
    if (this.#slots.size >= this.#most && !this.#makeRoom(network)) return false;
    this.#change(host, 1);
    this.#change(network, 1);
    const touchedMs = this.#clock.monotonic();
    this.#slots.set(newcomer, { host, network, flow: network, account: undefined, touchedMs });
    this.#enter(newcomer, network);
    this.#strangers.add(newcomer);
    return true;
  }

  /** Activity; `account`: once it is known. */
  touch(occupant: Occupant, account: string | undefined): void {
    const slot = this.#slots.get(occupant);
    if (slot === undefined) return;
    slot.touchedMs = this.#clock.monotonic();
    if (account !== undefined && account !== slot.account) {
      this.#exit(occupant, slot);
      slot.flow = `account ${account}`;
      slot.account = account;
      this.#enter(occupant, slot.flow);
    } else {
      toBack(this.#flows.get(slot.flow), occupant);
      if (slot.account === undefined) toBack(this.#strangers, occupant);
    }
  }

  /** Does nothing for a connection that was not admitted or was closed. */
  leave(occupant: Occupant): void {
    const slot = this.#slots.get(occupant);
    if (slot === undefined) return;
    this.#slots.delete(occupant);
    this.#exit(occupant, slot);
    this.#change(slot.host, -1);
    this.#change(slot.network, -1);
  }

  #makeRoom(network: string): boolean {
    const victim = this.#ofLargest(network) ?? this.#ofStrangers();
    if (victim === undefined) return false;
    this.leave(victim);
    victim.giveWay();
    return true;
  }

  /**
   * A connection of a flow with more than `network` would have. A flow with most of the slots also loses
   * connections in a transaction.
   */
  #ofLargest(network: string): Occupant | undefined {
    let largest: ReadonlySet<Occupant> | undefined;
    let most = (this.#flows.get(network)?.size ?? 0) + 1;
    for (const flow of this.#flows.values()) if (flow.size > most) [largest, most] = [flow, flow.size];
    if (largest === undefined) return undefined;
    const first = firstOf(largest, LOOKED_AT, ({ idle }) => idle);
    return first ?? (most > this.#most / 2 ? firstOf(largest, 1, () => true) : undefined);
  }

  #ofStrangers(): Occupant | undefined {
    const untilMs = this.#clock.monotonic() - STRANGERS_PATIENCE_MS;
    return firstOf(this.#strangers, 1, (one) => (this.#slots.get(one)?.touchedMs ?? Infinity) <= untilMs);
  }

  #enter(occupant: Occupant, flow: string): void {
    const members = this.#flows.get(flow);
    if (members === undefined) this.#flows.set(flow, new Set([occupant]));
    else members.add(occupant);
  }

  #exit(occupant: Occupant, { flow }: Slot): void {
    const members = this.#flows.get(flow);
    members?.delete(occupant);
    if (members?.size === 0) this.#flows.delete(flow);
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
