/**
 * What holders with limits of an hour or a day hand in: counted in memory and written once in a transaction, in the commit of the
 * messages. Recipients that are new to a holder are found by adding them.
 */
import type { Database, Statement } from 'better-sqlite3';
import { dayOf } from '../../../platform/time-units.ts';
import { DAY_SECONDS } from '../../../policy/usage-limits.ts';
import { countedPeriods, type PeriodCount } from '../../flow/counted-periods.ts';
import { KNOWN_AGAIN_DAYS, type CountedUse } from '../../usage.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { prepare } from '../engine/prepare.ts';

export class UsageCounts implements Participant {
  readonly #transaction: Transaction;
  readonly #add: Statement<[string, number, number, number, number, number, number]>;
  readonly #learn: Statement<[string, string, number]>;
  readonly #refresh: Statement<[number, string, string, number]>;
  #gathered: PeriodCount[] = [];

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#add = prepare(
      db,
      `INSERT INTO usage_count (holder, period, number, messages, recipients, new_recipients, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (holder, period, number) DO UPDATE SET messages = messages + excluded.messages,
        recipients = recipients + excluded.recipients, new_recipients = new_recipients + excluded.new_recipients`,
    );
    this.#learn = prepare(
      db,
      'INSERT INTO known_recipient (holder, recipient, day) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#refresh = prepare(
      db,
      'UPDATE known_recipient SET day = ? WHERE holder = ? AND recipient = ? AND day < ?',
    );
    transaction.join(this);
  }

  /** One message. Inside a transaction. */
  count(uses: readonly CountedUse[], atMs: number, recipients: number): void {
    const gathered = this.#gathered;
    const before = gathered.length;
    for (const { holder, recipientHashes } of uses) {
      const added = this.#added(holder, recipientHashes ?? [], dayOf(atMs));
      for (const period of countedPeriods(holder, atMs))
        gathered.push({
          ...period,
          messages: 1,
          recipients,
          newRecipients: period.seconds === DAY_SECONDS ? added : 0,
        });
    }
    this.#transaction.undo.record(() => {
      gathered.length = before;
    });
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    for (const { holder, seconds, number, messages, recipients, newRecipients, endsAtMs } of gathered)
      this.#add.run(holder, seconds, number, messages, recipients, newRecipients, endsAtMs);
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
    });
  }

  #added(holder: string, hashes: readonly string[], day: number): number {
    let added = 0;
    for (const hash of hashes) {
      if (this.#learn.run(holder, hash, day).changes > 0) added++;
      else this.#refresh.run(day, holder, hash, day - KNOWN_AGAIN_DAYS);
    }
    return added;
  }
}
