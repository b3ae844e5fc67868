/** Writes unsubscriptions: the suppression and its event, counted in the statistics while the message is kept. */
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { putSuppression } from '../../sql/directory/suppressions.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { appendEvent } from '../../sql/steps.ts';
import { resubscribeSteps, suppressionOf, toUnsubscribe } from '../../sql/unsubscribes/unsubscribes.ts';
import type { Unsubscribed, UnsubscribeWriter, Unsubscription } from '../../unsubscribes.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Session } from '../engine/session.ts';
import { countedOf, reportedDelivery } from '../reports/reported-rows.ts';
import { reserveEvent } from '../reports/reported-suppressions.ts';
import type { Batch } from '../spool/batch.ts';
import type { Flow } from '../spool/flow.ts';

type Record = (batch: Batch) => Unsubscribed;

export function createUnsubscribeWriter(context: PostgresContext, { commits }: Flow): UnsubscribeWriter {
  const { steps } = context;

  const write = async (session: Session, unsubscription: Unsubscription): Promise<Record> => {
    const account = await steps.run(session, toUnsubscribe(unsubscription));
    if (typeof account === 'string') return () => account;
    const suppression = suppressionOf(unsubscription);
    const row = await reportedDelivery(session, unsubscription);
    if (row?.account_id !== account || suppressionKeyOf(row.recipient) !== unsubscription.address) {
      const { stream, address: recipient, by, atMs } = unsubscription;
      const about = { accountKey: account, stream, recipient };
      await steps.run(session, appendEvent({ type: 'unsubscribed', atMs, about, data: { by } }));
      await steps.run(session, putSuppression(account, suppression, undefined));
      return () => 'unsubscribed';
    }
    const event = await reserveEvent(session);
    await steps.run(session, putSuppression(account, suppression, -event));
    return (batch) => {
      record(batch, unsubscription, { row, event });
      return 'unsubscribed';
    };
  };

  return {
    ...steps.writes(resubscribeSteps),
    unsubscribe: (unsubscription) =>
      commits.submit({
        ...{ grows: false, sizeBytes: 0, alone: true },
        work: (session) => write(session, unsubscription),
      }),
  };
}

function record(
  { changes }: Batch,
  { stream, by, atMs, messageId, recipientNumber: number }: Unsubscription,
  { row, event }: { readonly row: ReportedRow; readonly event: number },
): void {
  const { account_id: accountKey, tags, metadata, recipient, destination } = row;
  const subject = { accountKey, messageId, stream, tags, metadata };
  const counted = countedOf(row);
  changes.event(
    { type: 'unsubscribed', atMs, data: { by }, subject, counted, number, recipient, destination },
    event,
  );
}
