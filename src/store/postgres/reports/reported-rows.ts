/** SQL of reported deliveries: found and locked until the commit, changed, and checked for an earlier report. */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { deliveryKey } from '../../flow/keys.ts';
import type { CountedMessage } from '../../flow/subject.ts';
import type { ReportChange } from '../../reports.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import type { Session } from '../engine/session.ts';
import { readableJson } from '../engine/storable-text.ts';

const MESSAGE_KEY = 'SELECT id FROM message WHERE public_id = $1';
const DELIVERY = `SELECT d.id AS key, d.state, d.recipient, d.destination_id, d.account_id, m.stream, m.tags,
  m.metadata, m.signing_domain, m.via, m.accepted_at, c.public_id AS credential, t.name AS destination, t.withholds_until
  FROM delivery d JOIN message m ON m.id = $2 JOIN destination t ON t.id = d.destination_id
  LEFT JOIN credential c ON c.id = m.credential_id WHERE d.id = $1 FOR UPDATE OF d`;
const MOVE = 'UPDATE delivery SET state = $2, settled_at = $3 WHERE id = $1';
const OF_REPORT = `message_id = $1 AND recipient_number = $2 AND type = $3 AND ${readableJson('data')} ->> 'via' = 'report'`;
/** The event is in one of the two tables, depending on whether it is numbered. */
const REPORTED = `SELECT 1 FROM event WHERE ${OF_REPORT} UNION ALL SELECT 1 FROM event_pending WHERE ${OF_REPORT} LIMIT 1`;

/** `undefined`: there is none, or not any more. */
export async function reportedDelivery(
  session: Session,
  { messageId, recipientNumber }: Pick<ReportChange, 'messageId' | 'recipientNumber'>,
): Promise<ReportedRow | undefined> {
  const { rows } = await session.query<{ id: number }>(MESSAGE_KEY, [messageId]);
  const messageKey = rows[0]?.id;
  if (messageKey === undefined) return undefined;
  const values = [deliveryKey(messageKey, recipientNumber), messageKey];
  return (await session.query<ReportedRow>(DELIVERY, values)).rows[0];
}

/** `undefined`: a message of the relay itself. */
export function countedOf(row: ReportedRow): CountedMessage | undefined {
  if (row.via === 'dsn') return undefined;
  const { signing_domain: domain, credential, accepted_at: startedAtMs } = row;
  return { domain, credential: credential ?? undefined, startedAtMs };
}

export async function moveTo(
  session: Session,
  key: number,
  state: DeliveryState,
  atMs: number,
): Promise<void> {
  await session.query(MOVE, [key, state, atMs]);
}

/** Whether there is an event of that type about the delivery, from a report. */
export async function wasReported(
  session: Session,
  messageId: string,
  recipientNumber: number,
  type: string,
): Promise<boolean> {
  return (await session.query(REPORTED, [messageId, recipientNumber, type])).rows.length > 0;
}
