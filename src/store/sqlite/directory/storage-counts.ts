/** What accounts with a limit of storage keep (sql/directory/storage.ts): counted with each message, given back with its content. */
import type { Database, Statement } from 'better-sqlite3';
import { prepare } from '../engine/prepare.ts';

export class StorageCounts {
  readonly #add: Statement<[number, number, number]>;
  readonly #giveBack: Statement<[number]>;

  constructor(db: Database) {
    this.#add = prepare(
      db,
      'UPDATE account_storage SET octets = octets + ? WHERE account_id = ? AND below <= ?',
    );
    this.#giveBack = prepare(
      db,
      `UPDATE account_storage SET octets = octets - m.size FROM message m
      WHERE m.id = ? AND m.credential_id IS NOT NULL AND account_storage.account_id = m.account_id
        AND account_storage.below <= m.id`,
    );
  }

  /** Of an account with a limit. Inside a transaction. */
  add(account: number, message: number, octets: number): void {
    this.#add.run(octets, account, message);
  }

  /** The content of the message goes in this transaction. */
  giveBack(message: number): void {
    this.#giveBack.run(message);
  }
}
