/**
 * Parcels of a site that a host did not take for a reason of its own, and that ask the next host. They stay under way
 * meanwhile, so that a destination has no more of them than it may have unsettled. RFC 5321 §5.1: each host once a round.
 */
import type { Parcel } from '../claims/parcel.ts';

export class HostRounds {
  readonly #waiting: Parcel[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  get first(): Parcel | undefined {
    return this.#waiting[0];
  }

  add(parcel: Parcel): void {
    this.#waiting.push(parcel);
  }

  /** The first that `suits` says yes to. */
  take(suits: (parcel: Parcel) => boolean): Parcel | undefined {
    const at = this.#waiting.findIndex(suits);
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  takeFirst(): Parcel | undefined {
    return this.#waiting.shift();
  }

  /** Takes out what `isOver` says yes to; it is settled then. */
  sweep(isOver: (parcel: Parcel) => boolean): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const parcel = this.#waiting[at];
      if (parcel !== undefined && isOver(parcel)) this.#waiting.splice(at, 1);
    }
  }
}

/** It has asked a host, and asks on. */
export function isInRound({ round }: Parcel): boolean {
  return round !== undefined && round.hosts.size > 0;
}

export function mayAsk({ round }: Parcel, host: string): boolean {
  return round?.hosts.has(host) !== true;
}
