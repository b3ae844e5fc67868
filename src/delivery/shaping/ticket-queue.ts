/**
 * Tickets of what waits for one limit, in the order of their turns. Those of one flow (an account's mail to a destination)
 * follow each other, and flows take turns: whoever comes new has to wait for one of each other flow at most, however many
 * theirs are. A ticket belongs to a round: the one after its flow's last, and never one that is over.
 */

export interface Ticket {
  readonly id: TicketId;
  readonly flow: string;
  readonly bulk: boolean;
  readonly round: number;
  /** Monotonic, like all times here: it asks again by then, or its mail comes back. */
  backAtMs: number;
  /** Until then it is expected; later it keeps nobody waiting, and is forgotten in the end. */
  untilMs: number;
  /** It was told to go, and has not begun. */
  goesSinceMs: number | undefined;
  /** It waits here, not in the store. */
  inHand: boolean;
  /** Brings it back from the store; `undefined`: it cannot be called. */
  call: (() => void) | undefined;
  /** It was told to go and did not, or was out of reach before: until it has a connection nobody waits for it. */
  passedOver: boolean;
}

/** Of mail the delivery, of connections the site. */
export type TicketId = number | string;

export class TicketQueue {
  #tickets: Ticket[] = [];
  /** Of each flow that has tickets, their number and the round of the last. */
  readonly #flows = new Map<string, { count: number; lastRound: number }>();
  #round = 0;

  get size(): number {
    return this.#tickets.length;
  }

  /** Of what went last. */
  get round(): number {
    return this.#round;
  }

  /** In order. */
  get tickets(): readonly Ticket[] {
    return this.#tickets;
  }

  /** The last of its flow. */
  add({ id, flow, bulk }: Pick<Ticket, 'id' | 'flow' | 'bulk'>, nowMs: number): Ticket {
    const ofFlow = this.#flows.get(flow) ?? { count: 0, lastRound: 0 };
    const round = Math.max(this.#round, ofFlow.lastRound) + 1;
    this.#flows.set(flow, { count: ofFlow.count + 1, lastRound: round });
    const ticket: Ticket = {
      ...{ id, flow, bulk, round, backAtMs: nowMs, untilMs: nowMs },
      ...{ goesSinceMs: undefined, inHand: true, call: undefined, passedOver: false },
    };
    this.#tickets.splice(this.#firstAfter(round), 0, ticket);
    return ticket;
  }

  /** How many are before it. */
  placeOf(ticket: Ticket): number {
    return this.#tickets.indexOf(ticket, this.#firstAfter(ticket.round - 1));
  }

  /** Its turn came. */
  serve(ticket: Ticket): void {
    this.#round = Math.max(this.#round, ticket.round);
    this.#tickets.splice(this.placeOf(ticket), 1);
    this.#left(ticket);
  }

  /** Takes out those that `isOver` says of. */
  sweep(isOver: (ticket: Ticket) => boolean): void {
    const kept = this.#tickets.filter((ticket) => !isOver(ticket));
    if (kept.length === this.#tickets.length) return;
    for (const ticket of this.#tickets) if (isOver(ticket)) this.#left(ticket);
    this.#tickets = kept;
  }

  #left({ flow }: Ticket): void {
    const ofFlow = this.#flows.get(flow);
    if (ofFlow === undefined) return;
    if (ofFlow.count > 1) ofFlow.count--;
    else this.#flows.delete(flow);
  }

  /** Where the first of a later round is. */
  #firstAfter(round: number): number {
    let [from, to] = [0, this.#tickets.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#tickets[middle]?.round ?? Infinity) > round) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
