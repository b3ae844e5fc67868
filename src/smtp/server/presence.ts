/**
 * Is there more than one who wants the thread? Connections by client network and, once it is known, by account: two of
 * either are somebody else to each other. One account that opens a connection a message is not two, although its
 * connections begin without an account.
 */

/** Somebody who sends a message now and then, each on a connection of its own, is there in between. */
const REMEMBERED_MS = 1_000;

export class Presence {
  readonly #networks = new Map<string, number>();
  readonly #accounts = new Map<string, number>();
  #sharedUntilMs = -Infinity;

  arrive(network: string, account: string | undefined): void {
    add(this.#networks, network, 1);
    if (account !== undefined) add(this.#accounts, account, 1);
  }

  /** With what was given to {@link arrive}. */
  depart(network: string, account: string | undefined, nowMs: number): void {
    if (this.#more) this.#sharedUntilMs = nowMs + REMEMBERED_MS;
    add(this.#networks, network, -1);
    if (account !== undefined) add(this.#accounts, account, -1);
  }

  /** There is, or was within the last second. */
  shared(nowMs: number): boolean {
    return this.#more || nowMs < this.#sharedUntilMs;
  }

  get #more(): boolean {
    return this.#networks.size > 1 || this.#accounts.size > 1;
  }
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
