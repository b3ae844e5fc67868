/**
 * Connections that a limit counts together, of one site or of several. A site counts each connection here from its request
 * until its socket is closed. Where a site waits for one, another that has one idle, or more than one, lets it go.
 */

/** A site, as the groups that its connections count in see it. */
export interface ConnectionHolder {
  /** Its connections, those being opened or closed included. */
  readonly openConnections: number;
  /** A connection became possible. */
  dispatch(): void;
  /** Closes an idle connection. False when there is none. */
  yieldIdle(): boolean;
}

/** Messages of a site's only connection while others wait. */
const TURN = 20;

export class ConnectionGroup {
  #limit: () => number;
  readonly #growsInMs: () => number;
  readonly #holders = new Map<ConnectionHolder, number>();
  readonly #waiting = new Set<ConnectionHolder>();
  #open = 0;
  /** Of those, on their way out. */
  #leaving = 0;

  /** `growsInMs`: when the limit may grow by itself. */
  constructor(limit: () => number, growsInMs = () => Infinity) {
    this.#limit = limit;
    this.#growsInMs = growsInMs;
  }

  /** Rules have another figure; what is open stays counted. */
  limitBy(limit: () => number): void {
    this.#limit = limit;
  }

  /** Of this node; at least 1. */
  get limit(): number {
    return this.#limit();
  }

  /** Nobody calls who waits then, as no connection has ended: it looks by itself. `Infinity`: it does not grow. */
  get growsInMs(): number {
    return this.#growsInMs();
  }

  get isIdle(): boolean {
    return this.#open === 0 && this.#waiting.size === 0;
  }

  /** There are as many as there may be. */
  get full(): boolean {
    return this.#open >= this.limit;
  }

  take(holder: ConnectionHolder): void {
    this.#waiting.delete(holder);
    this.#open++;
    this.#holders.set(holder, (this.#holders.get(holder) ?? 0) + 1);
  }

  /** Wants one, and is called when one ends. */
  wait(holder: ConnectionHolder): void {
    if (this.#waiting.has(holder)) return;
    this.#waiting.add(holder);
    if (this.#leaving >= this.#waiting.size) return;
    for (const other of this.#holders.keys()) if (other !== holder && other.yieldIdle()) return;
  }

  forget(holder: ConnectionHolder): void {
    this.#waiting.delete(holder);
  }

  /**
   * One of `holder`'s, which has carried so many messages, is to be let go after its transaction: there are too many, or another
   * site waits. A site's only one has its turn first.
   */
  shouldYield(holder: ConnectionHolder, messages: number): boolean {
    if (this.#open - this.#leaving > this.limit) return true;
    if (this.#waiting.size <= this.#leaving || (this.#waiting.size === 1 && this.#waiting.has(holder)))
      return false;
    return holder.openConnections > 1 || messages >= TURN;
  }

  /** A site waits: no connection is to be kept without work. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** One of them begins to close. */
  leaves(): void {
    this.#leaving++;
  }

  /** One of them is closed. */
  closed(holder: ConnectionHolder, left: boolean): void {
    this.#open--;
    if (left) this.#leaving--;
    const others = (this.#holders.get(holder) ?? 1) - 1;
    if (others > 0) this.#holders.set(holder, others);
    else this.#holders.delete(holder);
    this.#callNext();
  }

  /** One that was called may not want it any more; it is the next one's then. */
  #callNext(): void {
    for (const next of [...this.#waiting]) {
      if (this.full) return;
      this.#waiting.delete(next);
      next.dispatch();
    }
  }
}
