/**
 * Settling: what became of claimed deliveries, with the attempts, the event, the suppression and the DSNs
 * that follow from it, in one unit. A settlement whose claim is not in hand any more changes nothing.
 */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { isFinal, mayFollow } from '../../../policy/delivery-state.ts';
import { fateOf } from '../../sql/spool/fate.ts';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { StoreError } from '../../errors.ts';
import type { Settlement, SettlementBatch } from '../../delivery-records.ts';
import { accept } from './accept.ts';
import type { Context } from '../engine/context.ts';
import { recordDeliveryEvent } from './delivery-events.ts';
import type { InHand as AnyInHand } from '../../flow/feed.ts';
import type { Destination } from './destination-row.ts';
import { recipientNumberOf } from '../../flow/keys.ts';
import type { Uploads } from './uploads.ts';

type InHand = AnyInHand<Destination>;

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
    if (inHand === undefined || !settleOne(context, inHand, settlement, batch.nowMs)) continue;
    written++;
    // A final state is written as it is, see stateNow.
    if (isFinal(settlement.state))
      finished.set(inHand.messageKey, (finished.get(inHand.messageKey) ?? 0) + 1);
  }
  for (const [messageKey, count] of finished) context.messages.settle(messageKey, count, batch.nowMs);
  // They report what the settlements say: if none of those was written, another worker's stands.
  if (written > 0) for (const dsn of batch.dsns) accept(context, uploads, dsn);
  return { written };
}

function settleOne(context: Context, inHand: InHand, settlement: Settlement, nowMs: number): boolean {
  const { destinations, deliveries, feed } = context;
  const { key, fence, destination } = inHand;
  const { event } = settlement;
  const state = stateNow(context, inHand, settlement.state);
  if (!mayFollow(inHand.state, state)) {
    throw new StoreError('conflict', `a delivery cannot become ${state} after ${inHand.state}`);
  }
  const final = isFinal(state);
  const dueAtMs = final || state === 'held' ? undefined : Math.round(settlement.nextAttemptAtMs ?? nowMs);
  const changed = deliveries.settle(
    { key, fence, epoch: context.epoch },
    {
      state,
      dueAtMs,
      countedAttempts: settlement.countsAsAttempt ? 1 : 0,
      settledAtMs: final ? nowMs : undefined,
    },
  );
  if (!changed) return false;
  feed.giveBack(inHand);
  if (settlement.tellsDelay === true) deliveries.markDelayTold(key);
  deliveries.insertAttempts(key, fence, settlement.attempts);
  if (state !== inHand.state) {
    destinations.count(destination, inHand.state, -1);
    destinations.count(destination, state, 1);
  }
  if (dueAtMs !== undefined) {
    destinations.lowerDue(destination, dueAtMs);
    feed.backlog(destination, dueAtMs);
  }
  const { subject, counted, recipient } = inHand;
  const sequence =
    event &&
    recordDeliveryEvent(context, {
      ...event,
      subject,
      counted,
      number: recipientNumberOf(key),
      recipient,
      destination: destination.name,
      deferred: inHand.state === 'deferred',
    });
  suppress(context, inHand, settlement, { sequence, nowMs });
  const fate = fateOf(settlement);
  if (fate !== undefined && counted !== undefined) {
    const { accountKey, stream } = subject;
    const { domain } = counted;
    context.health.count({ accountKey, domain, stream, destination: destination.name }, fate, nowMs);
  }
  return true;
}

/** What comes back undone while its account or stream is held stays here. */
function stateNow(context: Context, inHand: InHand, state: Settlement['state']): DeliveryState {
  if (isFinal(state) || inHand.counted === undefined) return state;
  return context.restrictions.isHeld(inHand.subject.accountKey, inHand.subject.stream) ? 'held' : state;
}

/** The suppression that follows from it, or from the run of soft bounces that it belongs to; or that are taken back. */
function suppress(
  context: Context,
  { recipient, subject, destination }: InHand,
  settlement: Settlement,
  { sequence: event, nowMs }: { readonly sequence: number | undefined; readonly nowMs: number },
): void {
  const { accounts, suppressions, softBounces, withholdings } = context;
  const { state, suppression, softBounce, withholding } = settlement;
  if (state === 'delivered') softBounces.arrived(subject.accountKey, () => suppressionKeyOf(recipient));
  // The delivery service withholds by itself; what it knew before a restart only the row knows.
  const withheld = suppression?.reason === 'unknown-address' && withholdings.isWithheld(destination, nowMs);
  if (suppression !== undefined && !withheld)
    suppressions.put(accounts.account(suppression.accountId), suppression, event);
  if (softBounce !== undefined && softBounces.add(subject.accountKey, softBounce, 'reply'))
    suppressions.putUnlessLonger(subject.accountKey, softBounce.suppression, event);
  if (withholding !== undefined) {
    withholdings.withhold(destination, withholding.untilMs);
    for (const { accountId, address } of withholding.withdrawn)
      suppressions.withdraw(accounts.account(accountId), address, 'unknown-address');
  }
}
