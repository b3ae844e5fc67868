/**
 * How many of the messages that were turned away are kept to look at: of an account some at once and then one now and
 * then, and so many in all, whatever clients send. What is left out is counted, and the next one that is kept says how many
 * there were. No I/O; the caller brings the time.
 */
import { BoundedTable } from './bounded-table.ts';

/** So many at once, and one more each `everyMs`. */
export interface Ration {
  readonly atOnce: number;
  readonly everyMs: number;
}

export const REFUSALS_OF_AN_ACCOUNT: Ration = { atOnce: 100, everyMs: 10_000 };
export const REFUSALS_IN_ALL: Ration = { atOnce: 500, everyMs: 1_000 };
/** Of accounts; one that is forgotten begins afresh, within what there is in all. */
const MAX_ACCOUNTS = 10_000;

interface Share {
  tokens: number;
  atMs: number;
}

export class RefusalRation {
  readonly #ofAccount: Ration;
  readonly #inAll: Ration;
  readonly #all: Share;
  readonly #accounts = new BoundedTable<Share & { leftOut: number }>(MAX_ACCOUNTS);

  constructor(ofAccount = REFUSALS_OF_AN_ACCOUNT, inAll = REFUSALS_IN_ALL) {
    this.#ofAccount = ofAccount;
    this.#inAll = inAll;
    this.#all = { tokens: inAll.atOnce, atMs: -Infinity };
  }

  /**
   * Whether one more of the account may be kept: how many of it were left out since the last one that was, or `undefined` when
   * this one is left out too. `nowMs`: of a monotonic clock.
   */
  take(account: string, nowMs: number): number | undefined {
    const share = this.#shareOf(account);
    refill(share, this.#ofAccount, nowMs);
    refill(this.#all, this.#inAll, nowMs);
    if (share.tokens < 1 || this.#all.tokens < 1) {
      share.leftOut++;
      return undefined;
    }
    share.tokens--;
    this.#all.tokens--;
    const { leftOut } = share;
    share.leftOut = 0;
    return leftOut;
  }

  /** One that was to be kept could not be: it counts as left out, with those before it. */
  lost(account: string, leftOut: number): void {
    this.#shareOf(account).leftOut += leftOut + 1;
  }

  #shareOf(account: string): Share & { leftOut: number } {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const share = { tokens: this.#ofAccount.atOnce, atMs: -Infinity, leftOut: 0 };
    this.#accounts.set(account, share);
    return share;
  }
}

function refill(share: Share, { atOnce, everyMs }: Ration, nowMs: number): void {
  const elapsedMs = Math.max(0, nowMs - share.atMs);
  share.tokens = Math.min(atOnce, share.tokens + elapsedMs / everyMs);
  share.atMs = nowMs;
}
