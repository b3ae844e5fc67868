/**
 * The SQL of suppressions beside accepting and settling: whether an address is mailed, asked for each delivery; what
 * outcomes add and take back; those whose time is over. What people ask and change is in store/sql/directory.
 */
import type { Database, Statement } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { putSuppression, putUnlessLonger } from '../../sql/directory/suppressions.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import { prepare } from '../engine/prepare.ts';
import type { StepRunner } from '../engine/step-runner.ts';

interface ReasonRow {
  readonly reason: string;
  readonly expires_at: number | null;
}

export class Suppressions {
  readonly #steps: StepRunner;
  readonly #reasons: Statement<[number, string, string], ReasonRow>;
  readonly #withdraw: Statement<[number, string, string]>;

  constructor(db: Database, steps: StepRunner) {
    this.#steps = steps;
    this.#reasons = prepare(
      db,
      `SELECT reason, expires_at FROM suppression
       WHERE account_id = ? AND address = ? AND (+scope = '' OR +scope = ?)`,
    );
    this.#withdraw = prepare(
      db,
      "DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = '' AND reason = ?",
    );
  }

  /** The reason why `recipient` is not mailed for that stream at that time; that of the account before that of the stream. */
  reasonFor(accountKey: number, stream: string, recipient: string, nowMs: number): string | undefined {
    const address = suppressionKeyOf(recipient);
    // Most addresses have none.
    if (this.#reasons.get(accountKey, address, stream) === undefined) return undefined;
    // Scope '' sorts before a stream's name.
    const rows = this.#reasons.all(accountKey, address, stream);
    return rows.find(({ expires_at: endsAt }) => endsAt === null || endsAt > nowMs)?.reason;
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
}
