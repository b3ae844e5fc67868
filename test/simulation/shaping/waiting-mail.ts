/** What waits in the database and could go, but for limits of shaping: on a connection of its own, as the audit looks. */
import path from 'node:path';
import Database from 'better-sqlite3';
import { deliveryIdOf } from '../../../src/store/public-ids.ts';
import { deliveryRange, recipientNumberOf } from '../../../src/store/flow/keys.ts';

const [DELIVERIES] = deliveryRange(1);

export class WaitingMail {
  readonly #db: Database.Database;

  constructor(dataDir: string) {
    this.#db = new Database(path.join(dataDir, 'postern.db'), { readonly: true });
  }

  close(): void {
    this.#db.close();
  }

  /** Ids of deliveries in nobody's hands that nobody holds: due, or put off for a limit. `nowMs`: epoch milliseconds. */
  ids(nowMs: number): readonly string[] {
    return this.#db
      .prepare<[number, number], { id: number; message: string }>(
        `SELECT d.id, m.public_id AS message FROM delivery d JOIN message m ON m.id = d.id / ${DELIVERIES}
         JOIN destination t ON t.id = d.destination_id
         WHERE d.settled_at IS NULL AND d.claim_epoch IS NULL AND d.state <> 'held' AND t.suspended = 0
         AND (coalesce(t.blocked_until, 0) <= ? OR t.waits_for IS NOT NULL)
         AND (d.due_at <= ? OR d.waits_for IS NOT NULL)`,
      )
      .all(nowMs, nowMs)
      .map(({ id, message }) => deliveryIdOf(message, recipientNumberOf(id)));
  }
}
