/**
 * Settling: what became of claimed deliveries, with the attempts, the event, the suppression and the notices (DSNs)
 * that follow from it, in one unit. A settlement whose claim is not in hand any more changes nothing.
 */
import { isFinal, mayFollow } from '../../policy/delivery-state.ts';
import { StoreError } from '../errors.ts';
import type { Settlement, SettlementBatch } from '../records.ts';
import { accept } from './accept.ts';
import type { Context } from './context.ts';
import type { InHand } from './feed.ts';
import { recipientNumberOf } from './keys.ts';
import type { Uploads } from './uploads.ts';

/** Inside a transaction. StoreError `conflict`: a state that may not follow. */
export function settle(
  context: Context,
  uploads: Uploads,
  batch: SettlementBatch,
): { readonly written: number } {
  const finished = new Map<number, number>();
  let written = 0;
  for (const settlement of batch.settlements) {
    const inHand = context.feed.find(settlement.deliveryId, settlement.fence);
    if (inHand === undefined || !settleOne(context, inHand, settlement)) continue;
    written++;
    if (isFinal(settlement.state))
      finished.set(inHand.messageKey, (finished.get(inHand.messageKey) ?? 0) + 1);
  }
  for (const [messageKey, count] of finished) context.messages.settle(messageKey, count, context.clock.now());
  // They report what the settlements say: if none of those was written, another worker's stands.
  if (written > 0) for (const notice of batch.notices) accept(context, uploads, notice);
  return { written };
}

function settleOne(context: Context, inHand: InHand, settlement: Settlement): boolean {
  const { destinations, deliveries, events, feed, suppressions } = context;
  const { key, fence, destination } = inHand;
  const { state, event, suppression } = settlement;
  if (!mayFollow(inHand.state, state)) {
    throw new StoreError('conflict', `a delivery cannot become ${state} after ${inHand.state}`);
  }
  const nowMs = context.clock.now();
  const dueAtMs = isFinal(state) ? undefined : Math.round(settlement.nextAttemptAtMs ?? nowMs);
  const changed = deliveries.settle(
    { key, fence, epoch: context.epoch },
    {
      state,
      dueAtMs,
      countedAttempts: settlement.countsAsAttempt ? 1 : 0,
      settledAtMs: dueAtMs === undefined ? nowMs : undefined,
    },
  );
  if (!changed) return false;
  feed.giveBack(inHand);
  deliveries.insertAttempts(key, fence, settlement.attempts);
  if (state !== inHand.state) {
    destinations.count(destination, inHand.state, -1);
    destinations.count(destination, state, 1);
  }
  if (dueAtMs !== undefined) {
    destinations.lowerDue(destination, dueAtMs);
    feed.backlog(destination, dueAtMs);
  }
  if (event !== undefined) {
    const number = recipientNumberOf(key);
    events.append(event.type, event.atMs, inHand.subject, number, inHand.recipient, event.data);
  }
  if (suppression !== undefined)
    suppressions.put(context.accounts.account(suppression.accountId), suppression);
  return true;
}
