/**
 * Settles claimed deliveries: attempts, event, suppression and DSNs in one transaction. A settlement whose claim is no longer
 * valid changes nothing.
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
import type { ClaimedRow as AnyClaimedRow } from '../../flow/feed.ts';
import type { Destination } from './destination-row.ts';
import { recipientNumberOf } from '../../flow/keys.ts';
import { HELD_APART, type Wish } from '../../sql/queue/bulk-change.ts';
import type { Uploads } from './uploads.ts';

type ClaimedRow = AnyClaimedRow<Destination>;

/** Inside a transaction. StoreError `conflict`: a state that may not follow. */
export function settle(
  context: Context,
  uploads: Uploads,
  batch: SettlementBatch,
): { readonly written: number } {
  const finished = new Map<number, number>();
  let written = 0;
  for (const settlement of batch.settlements) {
    const row = context.feed.find(settlement.deliveryId, settlement.fence);
    const state = row && settleOne(context, row, settlement, batch.nowMs);
    if (row === undefined || state === undefined) continue;
    written++;
    if (isFinal(state)) finished.set(row.messageKey, (finished.get(row.messageKey) ?? 0) + 1);
  }
  for (const [messageKey, count] of finished) context.messages.settle(messageKey, count, batch.nowMs);
  // The DSNs report these settlements: if none was written, another worker's outcome is the valid one.
  if (written > 0) for (const dsn of batch.dsns) accept(context, uploads, dsn);
  return { written };
}

/** The new state; `undefined`: the claim is not valid, and nothing is changed. */
function settleOne(
  context: Context,
  row: ClaimedRow,
  settlement: Settlement,
  nowMs: number,
): DeliveryState | undefined {
  const { destinations, deliveries, feed } = context;
  const { key, fence, destination } = row;
  const { event } = settlement;
  const wish = context.wishes.of(key);
  const state = stateNow(context, row, settlement.state, wish);
  if (!mayFollow(row.state, state)) {
    throw new StoreError('conflict', `a delivery cannot become ${state} after ${row.state}`);
  }
  const final = isFinal(state);
  const nextAtMs = wish === 'retry' ? nowMs : (settlement.nextAttemptAtMs ?? nowMs);
  const dueAtMs = final || state === 'held' ? undefined : Math.round(nextAtMs);
  const changed = deliveries.settle(
    { key, fence, epoch: context.epoch },
    {
      state,
      dueAtMs,
      countedAttempts: settlement.countsAsAttempt ? 1 : 0,
      settledAtMs: final ? nowMs : undefined,
      waitsFor: wish === undefined ? settlement.waitsFor : wish === 'hold' && !final ? HELD_APART : undefined,
    },
  );
  if (!changed) return undefined;
  feed.settled(row);
  if (wish !== undefined) context.wishes.set(key, null);
  if (settlement.tellsDelay === true) deliveries.markDelayTold(key);
  if (settlement.heldBy !== undefined) deliveries.markHeldBy(key, settlement.heldBy);
  deliveries.insertAttempts(key, fence, settlement.attempts);
  if (state !== row.state) {
    destinations.count(destination, row.state, -1);
    destinations.count(destination, state, 1);
  }
  if (dueAtMs !== undefined) {
    destinations.lowerDue(destination, dueAtMs);
    feed.backlog(destination, dueAtMs);
  }
  const { subject, counted, recipient } = row;
  const about = {
    subject,
    counted,
    number: recipientNumberOf(key),
    recipient,
    destination: destination.name,
    deferred: row.state === 'deferred',
  };
  const sequence = event && recordDeliveryEvent(context, { ...event, ...about });
  if (state === 'cancelled' && settlement.state !== 'cancelled')
    recordDeliveryEvent(context, { type: 'cancelled', atMs: nowMs, data: undefined, ...about });
  suppress(context, row, settlement, { sequence, nowMs });
  const fate = fateOf(settlement);
  if (fate !== undefined && counted !== undefined) {
    const { accountKey, stream } = subject;
    const { domain } = counted;
    context.health.count({ accountKey, domain, stream, destination: destination.name }, fate, nowMs);
  }
  return state;
}

/** What returns unfinished becomes what an operator wished; held, while its account or stream is. A final state stands. */
function stateNow(
  context: Context,
  row: ClaimedRow,
  state: Settlement['state'],
  wish: Wish | undefined,
): DeliveryState {
  if (isFinal(state)) return state;
  if (wish === 'cancel') return 'cancelled';
  if (wish === 'hold') return 'held';
  if (row.counted === undefined) return state;
  return context.restrictions.isHeld(row.subject.accountKey, row.subject.stream) ? 'held' : state;
}

/** Adds the suppression that follows from it or from its run of soft bounces; withdraws those that it takes back. */
function suppress(
  context: Context,
  { recipient, subject, destination }: ClaimedRow,
  settlement: Settlement,
  { sequence: event, nowMs }: { readonly sequence: number | undefined; readonly nowMs: number },
): void {
  const { accounts, suppressions, softBounces, withholdings } = context;
  const { state, suppression, softBounce, withholding } = settlement;
  if (state === 'delivered') softBounces.arrived(subject.accountKey, () => suppressionKeyOf(recipient));
  // The delivery service withholds by itself; only the row remembers withholdings from before a restart.
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
