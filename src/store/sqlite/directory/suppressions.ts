/**
 * SQL of suppressions for accepting and settling: whether an address is suppressed, checked for each delivery; additions and
 * removals by outcomes; expired ones. Operations of people are in store/sql/directory.
 */
import type { Database, Statement } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { putSuppression, putUnlessLonger } from '../../sql/directory/suppressions.ts';
import { AFTER_HASHES, HASH_PREFIX, type AddressHashes } from '../../hashed-addresses.ts';
import type { NewSuppression } from '../../suppression-records.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { StepRunner } from '../engine/step-runner.ts';

interface ReasonRow {
  readonly reason: string;
  readonly expires_at: number | null;
}

export class Suppressions {
  readonly #steps: StepRunner;
  readonly #reasons: Statement<[number, string, string], ReasonRow>;
  readonly #withdraw: Statement<[number, string, string]>;
  readonly #hasHashed: Statement<[number], number>;
  readonly #hashes: AddressHashes | undefined;

  /** `hashes`: erased addresses are found by them. */
  constructor(db: Database, steps: StepRunner, hashes?: AddressHashes) {
    this.#steps = steps;
    this.#hashes = hashes;
    this.#hasHashed = pluck(
      db,
      `SELECT 1 FROM suppression WHERE account_id = ? AND address > '${HASH_PREFIX}' AND address < '${AFTER_HASHES}' LIMIT 1`,
    );
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

  /** The reason why `recipient` is suppressed for that stream at that time; the account's before the stream's. */
  reasonFor(accountKey: number, stream: string, recipient: string, nowMs: number): string | undefined {
    const address = suppressionKeyOf(recipient);
    const reason = this.#reasonOf(accountKey, stream, address, nowMs);
    // Hashing costs more than the question whether there is anything to compare with.
    if (reason !== undefined || this.#hashes === undefined || this.#hasHashed.get(accountKey) === undefined)
      return reason;
    for (const hash of this.#hashes(address)) {
      const erased = this.#reasonOf(accountKey, stream, hash, nowMs);
      if (erased !== undefined) return erased;
    }
    return undefined;
  }

  #reasonOf(accountKey: number, stream: string, address: string, nowMs: number): string | undefined {
    // Most addresses have none.
    if (this.#reasons.get(accountKey, address, stream) === undefined) return undefined;
    // Scope '' sorts before a stream's name.
    const rows = this.#reasons.all(accountKey, address, stream);
    return rows.find(({ expires_at: endsAt }) => endsAt === null || endsAt > nowMs)?.reason;
  }

  /** Replaces a suppression of the same account, address, scope and reason. `event`: the sequence of the event that it refers to. */
  put(accountKey: number, suppression: NewSuppression, event: number | undefined): void {
    this.#steps.run(putSuppression(accountKey, suppression, event));
  }

  /** The same, except that an existing one which lasts as long is kept. */
  putUnlessLonger(accountKey: number, suppression: NewSuppression, event: number | undefined): void {
    this.#steps.run(putUnlessLonger(accountKey, suppression, event));
  }

  /** Removes the account's own suppression, if it has that reason. */
  withdraw(accountKey: number, address: string, reason: NewSuppression['reason']): void {
    this.#withdraw.run(accountKey, address, reason);
  }
}
