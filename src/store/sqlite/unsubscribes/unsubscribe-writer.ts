/** Writes unsubscriptions: the suppression and its event, counted in the statistics while the message is kept. */
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import type { ReportedRow } from '../../sql/reports/reported-row.ts';
import { resubscribeSteps, suppressionOf, toUnsubscribe } from '../../sql/unsubscribes/unsubscribes.ts';
import type { Unsubscribed, UnsubscribeWriter, Unsubscription } from '../../unsubscribes.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { countedOf, ReportedDeliveries } from '../reports/reported-deliveries.ts';
import { recordDeliveryEvent } from '../spool/delivery-events.ts';

export function createUnsubscribeWriter(context: Context, commits: GroupCommit): UnsubscribeWriter {
  const { steps, suppressions } = context;
  const deliveries = new ReportedDeliveries(context.db);

  const write = (unsubscription: Unsubscription): Unsubscribed => {
    const account = steps.run(toUnsubscribe(unsubscription));
    if (typeof account === 'string') return account;
    const { messageId, recipientNumber, address } = unsubscription;
    const row = deliveries.find(messageId, recipientNumber);
    const isTheirs = row?.account_id === account && suppressionKeyOf(row.recipient) === address;
    const event = isTheirs
      ? eventOfMessage(context, unsubscription, row)
      : eventOfAccount(context, unsubscription, account);
    suppressions.put(account, suppressionOf(unsubscription), event);
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
  { stream, address, by, atMs }: Unsubscription,
  accountKey: number,
): number {
  const about = { accountKey, stream, recipient: address };
  return events.appendOfAccount({ type: 'unsubscribed', atMs, about, data: { by } });
}
