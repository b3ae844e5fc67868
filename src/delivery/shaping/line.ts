/**
 * Who goes next of all that wait for one limit on this node, whatever their site: those that wait in the relay's hands, and
 * those that were put off and come back from the store. Bulk has one turn in four while other mail waits; within a rank flows
 * take turns (ticket-queue.ts).
 *
 * Promises: nobody is passed over for ever, and no room stays unused for long. Room is kept for those before who may go now
 * or are expected now: while one opens its connection, or comes back; but not for a site that was out of reach. Who does not come, or does not begin within
 * {@link HOLD_MS}, is passed over for this time, and keeps its place for a while.
 */
import { TicketQueue, type Ticket, type TicketId } from './ticket-queue.ts';

/** What wants to go. */
export interface Waiter {
  readonly id: TicketId;
  readonly flow: string;
  readonly bulk: boolean;
  readonly site: WaitingSite;
}

/** Where it waits. */
export interface WaitingSite {
  readonly idleConnections: number;
  /** It was out of reach when it was tried last. */
  readonly failing: boolean;
  /** It is looked at again then; never at once. */
  callIn(waitMs: number): void;
}

/** What comes back from the store is there so long before its turn, however busy the store is. */
export const LEAD_MS = 3_000;
/** Room is kept so long for one that may go: it has to open a connection. */
export const HOLD_MS = 2_000;
/** And so long for one that is about to ask. */
export const LATE_MS = 500;
/** A ticket of what did not come back is kept so long. */
const KEPT_MS = 10_000;
const SWEEP_EVERY_MS = 1_000;
/** Who waits for several limits, and missed so many rounds of this one for another, has room kept for it until its next look. */
const MISSED_ROUNDS = 2;
/** One of so many turns is bulk's. */
const BULK_TURN = 4;
/** Beyond that nobody has a place: it looks again, as one of the last. */
export const MOST_TICKETS = 5_000;

export class Line {
  readonly #firsts = new TicketQueue();
  readonly #bulk = new TicketQueue();
  readonly #tickets = new Map<TicketId, Ticket>();
  /** Told to wait although there is room. */
  readonly #heldOff = new Set<WaitingSite>();
  /** Turns since bulk had one while other mail waited too. */
  #turns = 0;
  #sweepAtMs = -Infinity;

  /** Nothing is lost when it is forgotten. */
  isIdle(nowMs: number): boolean {
    this.#sweep(nowMs);
    return this.#tickets.size === 0;
  }

  /** It takes its place, if it has none. Returns how many are before it. */
  join(waiter: Waiter, nowMs: number): number {
    if (nowMs >= this.#sweepAtMs) this.#sweep(nowMs);
    let ticket = this.#tickets.get(waiter.id);
    if (ticket === undefined) {
      if (this.#tickets.size >= MOST_TICKETS) return this.#tickets.size;
      ticket = this.#queueOf(waiter).add(waiter, nowMs);
      this.#tickets.set(waiter.id, ticket);
    }
    if (waiter.site.idleConnections > 0) ticket.passedOver = false;
    else if (waiter.site.failing) ticket.passedOver = true;
    return this.#before(ticket, this.#queueOf(ticket).placeOf(ticket), this.#otherThan(ticket).size);
  }

  /** How long room is kept for others, where `roomForMs` says when there is some for so many; 0: it may go. */
  keptForMs(waiter: Waiter, nowMs: number, roomForMs: (count: number) => number): number {
    const ticket = this.#tickets.get(waiter.id);
    let untilMs = Infinity;
    const holding = (tickets: readonly Ticket[], end?: Ticket): number => {
      let count = 0;
      for (const one of tickets) {
        if (one === end) break;
        if (!this.#holds(one, nowMs)) continue;
        count++;
        untilMs = Math.min(untilMs, heldUntilMs(one));
      }
      return count;
    };
    const own = holding(this.#queueOf(waiter).tickets, ticket);
    const other = this.#otherThan(waiter);
    if (roomForMs(own + other.size + 1) === 0) return 0;
    const before = this.#before(waiter, own, holding(other.tickets));
    const roomInMs = before === 0 ? 0 : roomForMs(before + 1);
    if (roomInMs === 0) return 0;
    this.#heldOff.add(waiter.site);
    return Math.max(1, Math.min(roomInMs, untilMs - nowMs));
  }

  /** It was told to go now, by all its limits. */
  goes({ id }: Waiter, nowMs: number): void {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) return;
    ticket.goesSinceMs ??= nowMs;
    ticket.untilMs = nowMs + HOLD_MS;
  }

  /** It was told to look again, and would go before if it could (`ready`). */
  looksAgain({ id }: Waiter, nowMs: number, atMs: number, ready: boolean): void {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) return;
    const held = this.#holds(ticket, nowMs);
    if (ticket.goesSinceMs !== undefined && nowMs >= ticket.goesSinceMs + HOLD_MS) ticket.passedOver = true;
    ticket.goesSinceMs = undefined;
    ticket.inHand = true;
    ticket.call = undefined;
    ticket.backAtMs = ready ? nowMs : atMs;
    ticket.untilMs = atMs + LATE_MS;
    if (held && !this.#holds(ticket, nowMs)) this.#tellHeldOff();
  }

  /** It goes back to the store, and comes from there at `atMs`, or when `call` was called. */
  putOff(id: TicketId, atMs: number, call?: () => void): void {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) return;
    ticket.goesSinceMs = undefined;
    ticket.inHand = false;
    ticket.backAtMs = atMs;
    ticket.untilMs = atMs + LEAD_MS + LATE_MS;
    ticket.call = call;
    this.#tellHeldOff();
  }

  /** Something is in the store that can be called before it comes. */
  hasAway(nowMs: number): boolean {
    return this.#nextAway(nowMs) !== undefined;
  }

  /** Somebody may go, or is expected. */
  isUsed(nowMs: number): boolean {
    const holds = (ticket: Ticket) => this.#holds(ticket, nowMs);
    return this.#firsts.tickets.some(holds) || this.#bulk.tickets.some(holds);
  }

  /** Calls the first that is in the store. */
  callNext(nowMs: number): void {
    const ticket = this.#nextAway(nowMs);
    if (ticket === undefined) return;
    const { call } = ticket;
    ticket.call = undefined;
    ticket.backAtMs = nowMs;
    ticket.untilMs = nowMs + 2 * LATE_MS;
    call?.();
  }

  #nextAway(nowMs: number): Ticket | undefined {
    const isAway = ({ inHand, backAtMs, call }: Ticket) => !inHand && backAtMs > nowMs && call !== undefined;
    return this.#firsts.tickets.find(isAway) ?? this.#bulk.tickets.find(isAway);
  }

  /** It begins. */
  took({ id, bulk }: Pick<Waiter, 'id' | 'bulk'>): void {
    if (this.#tickets.size === 0) return;
    const ticket = this.#tickets.get(id);
    if (ticket !== undefined) {
      this.#tickets.delete(id);
      this.#queueOf(ticket).serve(ticket);
    }
    if (bulk) this.#turns = 0;
    else if (this.#bulk.size > 0) this.#turns = Math.min(this.#turns + 1, BULK_TURN - 1);
    this.#tellHeldOff();
  }

  #tellHeldOff(): void {
    if (this.#heldOff.size === 0) return;
    const heldOff = [...this.#heldOff];
    this.#heldOff.clear();
    for (const site of heldOff) site.callIn(0);
  }

  #queueOf({ bulk }: Pick<Waiter, 'bulk'>): TicketQueue {
    return bulk ? this.#bulk : this.#firsts;
  }

  #otherThan({ bulk }: Pick<Waiter, 'bulk'>): TicketQueue {
    return bulk ? this.#firsts : this.#bulk;
  }

  /** How many go before one with `own` of its rank before it, while `others` of the other wait. */
  #before({ bulk }: Pick<Waiter, 'bulk'>, own: number, others: number): number {
    const theirs = bulk
      ? (BULK_TURN - 1) * (own + 1) - this.#turns
      : Math.floor((own + this.#turns) / (BULK_TURN - 1));
    return own + Math.min(others, theirs);
  }

  #holds(ticket: Ticket, nowMs: number): boolean {
    const { passedOver, goesSinceMs, backAtMs, untilMs, inHand, round } = ticket;
    if (passedOver || nowMs >= heldUntilMs(ticket)) return false;
    if (goesSinceMs !== undefined || nowMs >= backAtMs) return true;
    return inHand && nowMs < untilMs && this.#queueOf(ticket).round - round >= MISSED_ROUNDS;
  }

  #sweep(nowMs: number): void {
    this.#sweepAtMs = nowMs + SWEEP_EVERY_MS;
    const isOver = ({ untilMs }: Ticket) => nowMs >= untilMs + KEPT_MS;
    for (const [id, ticket] of this.#tickets) if (isOver(ticket)) this.#tickets.delete(id);
    this.#firsts.sweep(isOver);
    this.#bulk.sweep(isOver);
  }
}

function heldUntilMs({ goesSinceMs, untilMs }: Ticket): number {
  return goesSinceMs === undefined ? untilMs : goesSinceMs + HOLD_MS;
}
