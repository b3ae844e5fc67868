/** SQL of deliveries that somebody outside says something about. */
import type { Database, Statement } from 'better-sqlite3';
import { deliveryKey } from '../../flow/keys.ts';
import type { CountedMessage } from '../../flow/subject.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { pluck, prepare } from '../engine/prepare.ts';

export class ReportedDeliveries {
  readonly #messageKey: Statement<[string], number>;
  readonly #select: Statement<[number, number], ReportedRow>;

  constructor(db: Database) {
    this.#messageKey = pluck<[string], number>(db, 'SELECT id FROM message WHERE public_id = ?');
    this.#select = prepare(
      db,
      `SELECT d.id AS key, d.state, d.recipient, d.destination_id, d.account_id, m.stream, m.tags,
      m.metadata, m.signing_domain, m.via, m.accepted_at,
      (SELECT public_id FROM credential WHERE id = m.credential_id) AS credential,
      (SELECT name FROM destination WHERE id = d.destination_id) AS destination,
      (SELECT withholds_until FROM destination WHERE id = d.destination_id) AS withholds_until
      FROM delivery d, message m WHERE d.id = ? AND m.id = ?`,
    );
  }

  /** `undefined`: there is none, or not any more. */
  find(messageId: string, recipientNumber: number): ReportedRow | undefined {
    const messageKey = this.#messageKey.get(messageId);
    if (messageKey === undefined) return undefined;
    return this.#select.get(deliveryKey(messageKey, recipientNumber), messageKey);
  }
}

/** `undefined`: a message of the relay itself. */
export function countedOf(row: ReportedRow): CountedMessage | undefined {
  if (row.via === 'dsn') return undefined;
  return {
    domain: row.signing_domain,
    credential: row.credential ?? undefined,
    startedAtMs: row.accepted_at,
  };
}
