/**
 * The SQL of suppressions beside accepting and settling: whether an address is mailed, asked for each delivery; what
 * outcomes add and take back; those whose time is over. What people ask and change is in store/sql/directory.
 */
import type { Database, Statement } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { putSuppression, putUnlessLonger } from '../../sql/directory/suppressions.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { StepRunner } from '../engine/step-runner.ts';

const ROWS_A_STEP = 500;

interface Asked {
  readonly account: number;
  readonly address: string;
  readonly stream: string;
  readonly now: number;
}

export class Suppressions {
  readonly #steps: StepRunner;
  readonly #reason: Statement<[Asked], string>;
  readonly #withdraw: Statement<[number, string, string]>;
  readonly #removeExpired: Statement<[number, number]>;

  constructor(db: Database, steps: StepRunner) {
    this.#steps = steps;
    // scope '' sorts before a stream's name, so the account's suppression is found first.
    this.#reason = pluck<[Asked], string>(
      db,
      `SELECT reason FROM suppression WHERE account_id = @account AND address = @address
         AND (+scope = '' OR +scope = @stream) AND (expires_at IS NULL OR expires_at > @now) LIMIT 1`,
    );
    this.#withdraw = prepare(
      db,
      "DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = '' AND reason = ?",
    );
    this.#removeExpired = prepare(
      db,
      `DELETE FROM suppression WHERE (account_id, address, scope) IN
      (SELECT account_id, address, scope FROM suppression INDEXED BY suppression_expires
       WHERE expires_at <= ? LIMIT ?)`,
    );
  }

  /** The reason why `recipient` is not mailed for that stream at that time. */
  reasonFor(account: number, stream: string, recipient: string, nowMs: number): string | undefined {
    return this.#reason.get({ account, address: suppressionKeyOf(recipient), stream, now: nowMs });
  }

  /** Replaces one of the same account, address and scope. `event`: the sequence of the event that it rests on. */
  put(accountKey: number, suppression: NewSuppression, event: number | undefined): void {
    this.#steps.run(putSuppression(accountKey, suppression, event));
  }

  /** The same, but one that is there already and lasts as long stays. */
  putUnlessLonger(accountKey: number, suppression: NewSuppression, event: number | undefined): void {
    this.#steps.run(putUnlessLonger(accountKey, suppression, event));
  }

  /** Of the whole account, if it is there for that reason. */
  withdraw(accountKey: number, address: string, reason: NewSuppression['reason']): void {
    this.#withdraw.run(accountKey, address, reason);
  }

  /** The number removed, at most some hundred. */
  removeExpired(nowMs: number): number {
    return this.#removeExpired.run(nowMs, ROWS_A_STEP).changes;
  }
}
