/**
 * Who passed a limit of time or memory lately, where each time costs a process: the same input is not tried again for
 * some minutes, and an account that brings one such input after the other waits. Facts and clock in, decision out.
 */
import { BoundedTable } from '../platform/bounded-table.ts';

export type PassedLimit = 'time' | 'memory';

/** For a template version; it can be mended, by a new one. */
const INPUT_MS = 5 * 60_000;
/** So many in {@link ACCOUNT_WINDOW_MS} an account may cost. */
const ACCOUNT_TIMES = 5;
const ACCOUNT_WINDOW_MS = 5 * 60_000;
const INPUTS = 10_000;
const ACCOUNTS = 10_000;

export class PassedLimits {
  readonly #inputs = new BoundedTable<{ readonly limit: PassedLimit; readonly untilMs: number }>(INPUTS);
  /** When the last ones were, at most {@link ACCOUNT_TIMES}. */
  readonly #accounts = new BoundedTable<readonly number[]>(ACCOUNTS);

  /** `input`: what can be known again; `undefined`: nothing can. `nowMs` is monotonic. */
  passed(accountId: string, input: string | undefined, limit: PassedLimit, nowMs: number): void {
    if (input !== undefined) this.#inputs.set(input, { limit, untilMs: nowMs + INPUT_MS });
    const before = this.#accounts.get(accountId) ?? [];
    this.#accounts.set(accountId, [...before, nowMs].slice(-ACCOUNT_TIMES));
  }

  /** The limit that it passed, and how long that is still held against it. */
  input(input: string, nowMs: number): { readonly limit: PassedLimit; readonly leftMs: number } | undefined {
    const found = this.#inputs.get(input);
    if (found === undefined || found.untilMs <= nowMs) return undefined;
    return { limit: found.limit, leftMs: found.untilMs - nowMs };
  }

  /** How long the account has to wait; `undefined`: it need not. */
  accountWaitsMs(accountId: string, nowMs: number): number | undefined {
    const times = this.#accounts.get(accountId) ?? [];
    const [oldest] = times;
    if (oldest === undefined || times.length < ACCOUNT_TIMES) return undefined;
    const leftMs = oldest + ACCOUNT_WINDOW_MS - nowMs;
    return leftMs > 0 ? leftMs : undefined;
  }
}
