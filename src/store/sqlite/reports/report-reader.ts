/** Finding the message that a report is about. */
import type { Database } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import type { ReportReader } from '../../reports.ts';
import { notifyOf } from '../../sql/spool/delivery-columns.ts';
import { deliveryRange, recipientNumberOf } from '../engine/keys.ts';
import { factsOf, SELECT_MESSAGE, type MessageRow } from '../spool/messages.ts';
import { prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

interface Row {
  readonly id: number;
  readonly recipient: string;
  readonly destination: string;
  readonly original_recipient: string | null;
  readonly notify: string | null;
  readonly state: DeliveryState;
}

/** On `db`, which may be read-only. */
export function createReportReader(db: Database): Direct<ReportReader> {
  const message = prepare<[string], MessageRow>(db, `${SELECT_MESSAGE} WHERE m.public_id = ?`);
  const deliveries = prepare<[number, number], Row>(
    db,
    `SELECT id, recipient, original_recipient, notify, state,
    (SELECT name FROM destination WHERE id = destination_id) AS destination
    FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id`,
  );
  return {
    reportedMessage(messageId) {
      const row = message.get(messageId);
      if (row === undefined) return undefined;
      return {
        facts: factsOf(row),
        contentId: row.id,
        deliveries: deliveries.all(...deliveryRange(row.id)).map((one) => ({
          number: recipientNumberOf(one.id),
          recipient: one.recipient,
          destination: one.destination,
          originalRecipient: one.original_recipient ?? undefined,
          notify: notifyOf(one.notify),
          state: one.state,
        })),
      };
    },
  };
}
