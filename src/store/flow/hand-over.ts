/** Hands deliveries that were just accepted to the delivery worker, with their content from memory. */
import type { Claim, ClaimedDelivery } from '../delivery-records.ts';
import type { NewMessage } from '../message-records.ts';
import { deliveryIdOf } from '../public-ids.ts';
import type { Numbered } from './divide.ts';
import type { Feed, FeedDestination, HeldContent } from './feed.ts';
import type { CountedMessage, EventSubject } from './subject.ts';

/** A message that is being accepted. */
interface Accepted {
  readonly message: NewMessage;
  readonly key: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
}

/** `insert` writes a delivery's row, claimed with fence 1, and returns its key. `held`: the content's place in memory. */
export function handOver<D extends FeedDestination>(
  feed: Feed<D>,
  { message: { facts, content, bulk }, key: messageKey, subject, counted }: Accepted,
  destination: D,
  {
    now,
    held,
    life,
  }: {
    readonly now: readonly Numbered[];
    readonly held: HeldContent | undefined;
    readonly life?: number;
  },
  insert: (numbered: Numbered) => number,
): void {
  const deliveries = now.map((numbered): ClaimedDelivery => {
    const { recipient, notify, originalRecipient } = numbered.delivery;
    const key = insert(numbered);
    const row = { key, fence: 1, destination, recipient, state: 'queued', messageKey } as const;
    feed.take({ ...row, subject, counted, content: held });
    return {
      deliveryId: key,
      id: deliveryIdOf(facts.id, numbered.number),
      fence: 1,
      recipient,
      notify,
      originalRecipient,
      attempts: 0,
      state: 'queued',
      suppressedBy: undefined,
      ...(bulk === true && { bulk }),
    };
  });
  const claim: Claim = {
    messageId: messageKey,
    contentId: messageKey,
    facts,
    destination: destination.name,
    deliveries,
    life,
    content: held === undefined || content.kind !== 'whole' ? undefined : content.bytes,
  };
  feed.handOver(claim);
}
