/**
 * The order in which the addresses of a site are tried: hosts by preference, equal ones shuffled for each connection so
 * that they share the load, and recently failed ones last, so that a dead first MX (or a broken IPv6 path) costs its
 * timeout once and not at every connection. RFC 5321 §5.1.
 */
import { shuffled, type Random } from '../../platform/random.ts';
import type { RemoteAddress } from '../../smtp/client/session.ts';

/** One MX host of a site. */
export interface SiteHost {
  readonly name: string;
  readonly preference: number;
  /** In the order to try. */
  readonly addresses: readonly string[];
}

const REMEMBERED_MS = 300_000;
/** The oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Addresses that did not answer lately. */
export class FailedAddresses {
  readonly #untilMs = new Map<string, number>();

  add(address: string, nowMs: number): void {
    this.#untilMs.delete(address);
    this.#untilMs.set(address, nowMs + REMEMBERED_MS);
    if (this.#untilMs.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  remove(address: string): void {
    this.#untilMs.delete(address);
  }

  has(address: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(address);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#untilMs.delete(address);
    return false;
  }
}

export interface CandidateFacts {
  readonly hosts: readonly SiteHost[];
  readonly port: number;
  readonly failed: FailedAddresses;
  /** Monotonic. */
  readonly nowMs: number;
  readonly random: Random;
  /** At most this many. */
  readonly limit: number;
  /** Of the hosts' addresses, those that the source has a family for; default: all. */
  readonly mayReach?: ((address: string) => boolean) | undefined;
}

export function candidates(facts: CandidateFacts): RemoteAddress[] {
  const { hosts, port, failed, nowMs, random, limit, mayReach } = facts;
  const good: RemoteAddress[] = [];
  const doubtful: RemoteAddress[] = [];
  // Shuffled first: sorting is stable, so equal preferences stay in random order.
  for (const host of shuffled(hosts, random).sort((a, b) => a.preference - b.preference)) {
    for (const address of host.addresses) {
      if (mayReach !== undefined && !mayReach(address)) continue;
      (failed.has(address, nowMs) ? doubtful : good).push({ host: host.name, address, port });
    }
  }
  return [...good, ...doubtful].slice(0, limit);
}
