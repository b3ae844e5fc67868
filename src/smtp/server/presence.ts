/**
 * Tells whether more than one flow uses the thread: two client networks, or two accounts once they are known. An
 * account that opens a connection for each message is one flow, although its connections begin without an account.
 */

/** A client that sends now and then, each message on a connection of its own, still counts in between. */
const REMEMBERED_MS = 1_000;

export class Presence {
  readonly #networks = new Map<string, number>();
  readonly #accounts = new Map<string, number>();
  #sharedUntilMs = -Infinity;

  arrive(network: string, account: string | undefined): void {
    add(this.#networks, network, 1);
    if (account !== undefined) add(this.#accounts, account, 1);
  }

  /** With the arguments of {@link arrive}. */
  depart(network: string, account: string | undefined, nowMs: number): void {
    if (this.#more) this.#sharedUntilMs = nowMs + REMEMBERED_MS;
    add(this.#networks, network, -1);
    if (account !== undefined) add(this.#accounts, account, -1);
  }

  /** True now and for a second after. */
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
