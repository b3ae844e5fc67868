/**
 * How many of the messages that were turned away are kept to look at: of an account some at once and then one now and
 * then, and so many in all, whatever clients send. What is left out is counted, and the next one that is kept says how many
 * there were. No I/O; the caller brings the time.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { takeToken, type BucketLimit, type BucketState } from '../platform/token-bucket.ts';

/** So many at once, and one more each `everyMs`. */
export interface Ration {
  readonly atOnce: number;
  readonly everyMs: number;
}

export const REFUSALS_OF_AN_ACCOUNT: Ration = { atOnce: 100, everyMs: 10_000 };
export const REFUSALS_IN_ALL: Ration = { atOnce: 500, everyMs: 1_000 };
/** Of accounts; one that is forgotten begins afresh, within what there is in all. */
const MAX_ACCOUNTS = 10_000;

interface Account {
  bucket: BucketState | undefined;
  leftOut: number;
}

export class RefusalRation {
  readonly #ofAccount: Ration;
  readonly #inAll: Ration;
  #all: BucketState | undefined;
  readonly #accounts = new BoundedTable<Account>(MAX_ACCOUNTS);

  constructor(ofAccount = REFUSALS_OF_AN_ACCOUNT, inAll = REFUSALS_IN_ALL) {
    this.#ofAccount = ofAccount;
    this.#inAll = inAll;
  }

  /**
   * Whether one more of the account may be kept: how many of it were left out since the last one that was, or `undefined` when
   * this one is left out too. `nowMs`: of a monotonic clock.
   */
  take(name: string, nowMs: number): number | undefined {
    const account = this.#account(name);
    const ofAccount = takeToken(account.bucket, limitOf(this.#ofAccount, nowMs));
    const inAll = takeToken(this.#all, limitOf(this.#inAll, nowMs));
    if ((ofAccount.retryAfterSeconds ?? inAll.retryAfterSeconds) !== undefined) {
      account.leftOut++;
      return undefined;
    }
    account.bucket = ofAccount.state;
    this.#all = inAll.state;
    const { leftOut } = account;
    account.leftOut = 0;
    return leftOut;
  }

  /** One that was to be kept could not be: it counts as left out, with those before it. */
  lost(name: string, leftOut: number): void {
    this.#account(name).leftOut += leftOut + 1;
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = { bucket: undefined, leftOut: 0 };
    this.#accounts.set(name, account);
    return account;
  }
}

function limitOf({ atOnce, everyMs }: Ration, nowMs: number): BucketLimit {
  return { ratePerMinute: 60_000 / everyMs, capacity: atOnce, nowMs };
}
