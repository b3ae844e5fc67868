/** Turns the row of a claimed delivery into a claim for the delivery worker. */
import type { ClaimedDelivery } from '../../delivery-records.ts';
import type { Feed, FeedDestination } from '../../flow/feed.ts';
import { messageKeyOf, recipientNumberOf } from '../../flow/keys.ts';
import { countedMessage } from '../../flow/subject.ts';
import type { MessageFacts } from '../../message-records.ts';
import { deliveryIdOf } from '../../public-ids.ts';
import { metadataColumn, tagsColumn } from '../json-columns.ts';
import { notifyOf, type DeliveryRow } from './delivery-columns.ts';

/** `row.fence`: of this claim. `suppressedBy`: why it is not to be mailed. */
export function takeClaimed<D extends FeedDestination>(
  feed: Feed<D>,
  destination: D,
  facts: MessageFacts,
  row: DeliveryRow,
  suppressedBy: string | undefined,
): ClaimedDelivery {
  const { id: key, fence, recipient, state, attempts, account_id: accountKey } = row;
  const { id: messageId, stream } = facts;
  const [tags, metadata] = [tagsColumn(facts.tags), metadataColumn(facts.metadata)];
  const subject = { accountKey, messageId, stream, tags, metadata };
  const messageKey = messageKeyOf(key);
  const counted = countedMessage(facts);
  feed.take({ key, fence, destination, recipient, state, messageKey, subject, counted, content: undefined });
  return {
    deliveryId: key,
    id: deliveryIdOf(messageId, recipientNumberOf(key)),
    fence,
    recipient,
    notify: notifyOf(row.notify),
    originalRecipient: row.original_recipient ?? undefined,
    attempts,
    state,
    suppressedBy,
    ...(row.bulk === 1 && { bulk: true }),
    ...(row.delay_told === 1 && { delayTold: true }),
    ...(row.ended === true && { ended: true }),
    ...(row.held_by !== null && { heldBy: row.held_by }),
    ...(row.reroute !== null && { reroute: row.reroute }),
  };
}
