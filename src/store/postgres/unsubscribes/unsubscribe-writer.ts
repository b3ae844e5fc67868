/** Writes unsubscriptions: the suppression and its event, counted in the statistics while the message is kept. */
import { putSuppression } from '../../sql/directory/suppressions.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { appendEvent } from '../../sql/steps.ts';
import { resubscribeSteps, toUnsubscribe, unsubscribedParty } from '../../sql/unsubscribes/unsubscribes.ts';
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
    const begun = await steps.run(session, toUnsubscribe(unsubscription));
    if (typeof begun === 'string') return () => begun;
    const { account } = begun;
    const found = await reportedDelivery(session, unsubscription);
    const { row, recipient, suppression } = unsubscribedParty(unsubscription, begun, found);
    if (row === undefined) {
      const { stream, by, atMs } = unsubscription;
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
