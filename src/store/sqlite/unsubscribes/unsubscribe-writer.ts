/** Writes unsubscriptions: the suppression and its event, counted in the statistics while the message is kept. */
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { resubscribeSteps, toUnsubscribe, unsubscribedParty } from '../../sql/unsubscribes/unsubscribes.ts';
import type { Unsubscribed, UnsubscribeWriter, Unsubscription } from '../../unsubscribes.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { countedOf, ReportedDeliveries } from '../reports/reported-deliveries.ts';
import { recordDeliveryEvent } from '../spool/delivery-events.ts';

export function createUnsubscribeWriter(context: Context, commits: GroupCommit): UnsubscribeWriter {
  const { steps, suppressions } = context;
  const deliveries = new ReportedDeliveries(context.db);

  const write = (unsubscription: Unsubscription): Unsubscribed => {
    const begun = steps.run(toUnsubscribe(unsubscription));
    if (typeof begun === 'string') return begun;
    const { messageId, recipientNumber } = unsubscription;
    const found = deliveries.find(messageId, recipientNumber);
    const { row, recipient, suppression } = unsubscribedParty(unsubscription, begun, found);
    const event =
      row === undefined
        ? eventOfAccount(context, unsubscription, { accountKey: begun.account, recipient })
        : eventOfMessage(context, unsubscription, row);
    suppressions.put(begun.account, suppression, event);
    return 'unsubscribed';
  };

  return {
    ...steps.writes(commits, resubscribeSteps),
    unsubscribe: (unsubscription) =>
      commits.submit({ grows: false, sizeBytes: 0, run: () => write(unsubscription) }),
  };
}

function eventOfMessage(context: Context, { stream, by, atMs, ...of }: Unsubscription, row: ReportedRow) {
  const { account_id: accountKey, tags, metadata, recipient, destination } = row;
  return recordDeliveryEvent(context, {
    ...{ type: 'unsubscribed', atMs, data: { by } },
    subject: { accountKey, messageId: of.messageId, stream, tags, metadata },
    counted: countedOf(row),
    ...{ number: of.recipientNumber, recipient, destination },
  });
}

function eventOfAccount(
  { events }: Context,
  { stream, by, atMs }: Unsubscription,
  of: { readonly accountKey: number; readonly recipient: string },
): number {
  const about = { ...of, stream };
  return events.appendOfAccount({ type: 'unsubscribed', atMs, about, data: { by } });
}
