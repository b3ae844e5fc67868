/** Events as transactions write them. The node with the duty numbers them after the commit (sequencer.ts). */
import type { AccountEvent } from '../../sql/steps.ts';
import type { Session } from '../engine/session.ts';

const INSERT = `INSERT INTO event_pending (type, at, account_id, message_id, recipient, stream, data)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

/** About an account, in the transaction of `session`. */
export async function appendPending(
  session: Session,
  { type, atMs, about, data }: AccountEvent,
): Promise<void> {
  const { accountKey, messageId, recipient, stream } = about;
  await session.query(INSERT, [
    type,
    Math.round(atMs),
    accountKey,
    messageId ?? null,
    recipient ?? null,
    stream ?? null,
    JSON.stringify(data),
  ]);
}
