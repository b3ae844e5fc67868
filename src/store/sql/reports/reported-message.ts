/** Finds the message that a report is about. */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { deliveryRange, recipientNumberOf } from '../../flow/keys.ts';
import type { ReportReader } from '../../reports.ts';
import { notifyOf } from '../spool/delivery-columns.ts';
import { factsOf, selectMessage, type MessageRow } from '../queue/message-rows.ts';
import { statement } from '../statement.ts';
import { all, one, type StepsOf } from '../steps.ts';

interface Row {
  readonly id: number;
  readonly recipient: string;
  readonly destination: string;
  readonly original_recipient: string | null;
  readonly notify: string | null;
  readonly state: DeliveryState;
}

const MESSAGE = statement<{ id: string }, MessageRow>(`${selectMessage()} WHERE m.public_id = :id`);
const DELIVERIES = statement<{ first: number; last: number }, Row>(
  `SELECT id, recipient, original_recipient, notify, state,
   (SELECT name FROM destination WHERE id = destination_id) AS destination
   FROM delivery WHERE id BETWEEN :first AND :last ORDER BY id`,
);

export const reportReads: StepsOf<ReportReader> = {
  *reportedMessage(id) {
    const row = yield* one(MESSAGE, { id });
    if (row === undefined) return undefined;
    const [first, last] = deliveryRange(row.id);
    return {
      facts: factsOf(row),
      contentId: row.id,
      deliveries: (yield* all(DELIVERIES, { first, last })).map((delivery) => ({
        number: recipientNumberOf(delivery.id),
        recipient: delivery.recipient,
        destination: delivery.destination,
        originalRecipient: delivery.original_recipient ?? undefined,
        notify: notifyOf(delivery.notify),
        state: delivery.state,
      })),
    };
  },
};
