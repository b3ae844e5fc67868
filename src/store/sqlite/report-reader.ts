/** Finding the message that a report is about. */
import type { Database } from 'better-sqlite3';
import type { DeliveryState } from '../../policy/delivery-state.ts';
import type { ReportReader } from '../reports.ts';
import { notifyOf } from './deliveries.ts';
import { deliveryRange, recipientNumberOf } from './keys.ts';
import { factsOf, SELECT_MESSAGE, type MessageRow } from './messages.ts';
import { pluck, prepare } from './prepare.ts';

/**
 * An index on Message-IDs would cost every acceptance a page of the WAL, for the few reports that bring neither the
 * token nor X-Relay-Message-Id: those are looked for among the newest messages only.
 */
const LOOK_BACK = 50_000;

interface Row {
  readonly id: number;
  readonly recipient: string;
  readonly original_recipient: string | null;
  readonly notify: string | null;
  readonly state: DeliveryState;
}

/** On `db`, which may be read-only. */
export function createReportReader(db: Database): ReportReader {
  const message = prepare<[string], MessageRow>(db, `${SELECT_MESSAGE} WHERE m.public_id = ?`);
  const deliveries = prepare<[number, number], Row>(
    db,
    'SELECT id, recipient, original_recipient, notify, state FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id',
  );
  const byField = pluck<[string], string>(
    db,
    `SELECT public_id FROM message WHERE id > (SELECT max(id) FROM message) - ${LOOK_BACK}
      AND message_id_field = ? ORDER BY id DESC LIMIT 1`,
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
          originalRecipient: one.original_recipient ?? undefined,
          notify: notifyOf(one.notify),
          state: one.state,
        })),
      };
    },
    messageIdByField: (messageIdField) => byField.get(messageIdField),
  };
}
