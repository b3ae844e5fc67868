/**
 * Both ends of a fleet under kills, counted: what was answered 250 or 200, what arrived and from which node, who was killed
 * when. A repeat is explained by the kill of the node that sent the message before, while that attempt was in flight: from
 * its final dot until its outcome is written, which a database that is away puts off; or by the machine standing still
 * longer than a lease. Pure: times are given.
 */

/** From the sink's reply to the commit of the outcome, on a busy machine. */
const IN_FLIGHT_MS = 4_000;
/** The sink notes a message a moment after it was killed: its final dot was on the way. */
const ON_THE_WIRE_MS = 1_000;
/** After the database is back, until the outcomes that were held are written. */
const WRITTEN_MS = 8_000;
/** A machine that stands still for that long costs leases (adr 19: 20 s less a margin of 5). */
const STALL_MS = 10_000;

export interface Arrival {
  readonly atMs: number;
  /** As the node said EHLO. */
  readonly node: string;
}

export interface Kill {
  readonly atMs: number;
  readonly node: string;
}

/** Of the database; `untilMs`: when it took changes again. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Repeats {
  /** The attempt before was in flight when its node was killed. */
  readonly atKill: number;
  /** The machine stood still meanwhile. */
  readonly atStall: number;
  /** Neither: numbers of messages. */
  readonly unexplained: readonly number[];
}

export class KillsLedger {
  readonly accepted = { smtp: 0, http: 0 };
  /** 4yz over SMTP, 429 or 5xx over HTTP: not now. */
  refusedForNow = 0;
  /** Refused for good: never because of a fault of ours. */
  refusedForGood = 0;
  /** No node listened, or the one that did was gone before the final dot. */
  notHandedOver = 0;
  /** Handed over, and no answer: it may have been accepted. */
  unanswered = 0;
  readonly kills: Kill[] = [];
  readonly outages: Outage[] = [];
  readonly stalls: Outage[] = [];
  readonly #acceptedNumbers = new Set<number>();
  readonly #arrivals = new Map<number, Arrival[]>();

  accept(number: number, by: 'smtp' | 'http'): void {
    this.accepted[by]++;
    this.#acceptedNumbers.add(number);
  }

  /** `status`: a reply's code of SMTP, or of HTTP. */
  refuse(status: number, by: 'smtp' | 'http'): void {
    const forNow = by === 'smtp' ? status < 500 : status >= 500 || status === 429;
    if (forNow) this.refusedForNow++;
    else this.refusedForGood++;
  }

  arrive(number: number, arrival: Arrival): void {
    const before = this.#arrivals.get(number);
    if (before === undefined) this.#arrivals.set(number, [arrival]);
    else before.push(arrival);
  }

  arrivalsOf(number: number): readonly Arrival[] {
    return this.#arrivals.get(number) ?? [];
  }

  get acceptedCount(): number {
    return this.#acceptedNumbers.size;
  }

  get delivered(): number {
    return this.acceptedCount - this.lost().length;
  }

  /** Accepted, never arrived. */
  lost(): readonly number[] {
    return [...this.#acceptedNumbers].filter((number) => !this.#arrivals.has(number));
  }

  /** Each arrival after the first of its message. */
  repeats(): Repeats {
    const repeats = { atKill: 0, atStall: 0, unexplained: [] as number[] };
    for (const [number, arrivals] of this.#arrivals) {
      for (const [before, arrival] of pairs(arrivals)) {
        if (this.#killed(before)) repeats.atKill++;
        else if (this.#stalled(before, arrival)) repeats.atStall++;
        else repeats.unexplained.push(number);
      }
    }
    return repeats;
  }

  #killed({ node, atMs }: Arrival): boolean {
    const untilMs = this.#writtenAtMs(atMs);
    return this.kills.some(
      (kill) => kill.node === node && kill.atMs > atMs - ON_THE_WIRE_MS && kill.atMs < untilMs,
    );
  }

  /** By when the outcome of what the sink took at `atMs` is written, were its node to live. */
  #writtenAtMs(atMs: number): number {
    let untilMs = atMs + IN_FLIGHT_MS;
    for (const outage of [...this.outages, ...this.stalls].sort((one, other) => one.fromMs - other.fromMs)) {
      if (outage.fromMs < untilMs && outage.untilMs > atMs)
        untilMs = Math.max(untilMs, outage.untilMs + WRITTEN_MS);
    }
    return untilMs;
  }

  #stalled(before: Arrival, arrival: Arrival): boolean {
    return this.stalls.some(
      ({ fromMs, untilMs }) =>
        untilMs - fromMs > STALL_MS && fromMs < arrival.atMs && untilMs > before.atMs - ON_THE_WIRE_MS,
    );
  }
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.slice(1).map((item, index) => [items[index] as T, item] as const);
}
