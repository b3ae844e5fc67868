/** What waits in the database and could go, but for limits of shaping: on a connection of its own, as the audit looks. */
import path from 'node:path';
import Database from 'better-sqlite3';
import { deliveryIdOf } from '../../../src/store/public-ids.ts';
import { deliveryRange, recipientNumberOf } from '../../../src/store/flow/keys.ts';

const [DELIVERIES] = deliveryRange(1);

export class WaitingMail {
  readonly #db: Database.Database;
  readonly #select: Database.Statement<[{ readonly now: number }], { id: number; message: string }>;

  /** `domains`: of the sites that have limits. */
  constructor(dataDir: string, domains: readonly string[]) {
    this.#db = new Database(path.join(dataDir, 'postern.db'), { readonly: true });
    this.#select = this.#db.prepare(
      `SELECT d.id, m.public_id AS message FROM destination t
       JOIN delivery d INDEXED BY delivery_due_any ON d.destination_id = t.id AND d.due_at IS NOT NULL
       JOIN message m ON m.id = d.id / ${DELIVERIES}
       WHERE t.name IN (${domains.map((name) => `'${name}'`).join(', ')}) AND t.suspended = 0
       AND d.settled_at IS NULL AND d.claim_epoch IS NULL AND d.state <> 'held'
       AND (coalesce(t.blocked_until, 0) <= :now OR t.waits_for IS NOT NULL)
       AND (d.due_at <= :now OR d.waits_for IS NOT NULL)`,
    );
  }

  close(): void {
    this.#db.close();
  }

  /** Ids of deliveries in nobody's hands that nobody holds: due, or put off for a limit. `nowMs`: epoch milliseconds. */
  ids(nowMs: number): readonly string[] {
    return this.#select
      .all({ now: nowMs })
      .map(({ id, message }) => deliveryIdOf(message, recipientNumberOf(id)));
  }
}
