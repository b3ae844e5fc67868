/**
 * Recipients accepted from each credential on each day (UTC), for daily quotas. Counted in memory and written once in a
 * transaction, in the commit of the messages, so a quota survives a restart.
 */
import type { Database, Statement } from 'better-sqlite3';
import { dayOf } from '../../../platform/time-units.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { prepare } from '../engine/prepare.ts';

export class Usage implements Participant {
  readonly #transaction: Transaction;
  readonly #add: Statement<[number, number, number]>;
  /** Credential key to recipients of `#day`. */
  #gathered = new Map<number, number>();
  #day = 0;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#add = prepare(
      db,
      `INSERT INTO credential_usage (credential_id, day, recipients) VALUES (?, ?, ?)
      ON CONFLICT (day, credential_id) DO UPDATE SET recipients = recipients + excluded.recipients`,
    );
    transaction.join(this);
  }

  count(credentialKey: number, atMs: number, recipients: number): void {
    const day = dayOf(atMs);
    if (day !== this.#day) {
      this.beforeCommit();
      this.#day = day;
    }
    const gathered = this.#gathered;
    gathered.set(credentialKey, (gathered.get(credentialKey) ?? 0) + recipients);
    this.#transaction.undo.record(() => {
      gathered.set(credentialKey, (gathered.get(credentialKey) ?? 0) - recipients);
    });
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.size === 0) return;
    this.#gathered = new Map();
    for (const [key, recipients] of gathered) if (recipients > 0) this.#add.run(key, this.#day, recipients);
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
    });
  }
}
