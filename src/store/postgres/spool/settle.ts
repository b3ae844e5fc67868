/**
 * Settles claimed deliveries: attempts, event, suppression and DSNs in one transaction. A settlement whose claim is no longer
 * valid changes nothing.
 */
import { isFinal, mayFollow } from '../../../policy/delivery-state.ts';
import type { Settlement, SettlementBatch } from '../../delivery-records.ts';
import { StoreError } from '../../errors.ts';
import { recipientNumberOf } from '../../flow/keys.ts';
import { fateOf } from '../../sql/spool/fate.ts';
import { accept, askForAccept, checkAccept } from './accept.ts';
import type { Batch, SpoolMemory } from './batch.ts';
import type { Questions } from './questions.ts';
import type { SettledRow } from './settle-rows.ts';
import { suppress, type ClaimedRow } from './suppress.ts';

/** A settlement and its claimed delivery. */
interface Settling {
  readonly row: ClaimedRow;
  readonly settlement: Settlement;
}

/** StoreError `conflict`: a state that may not follow. */
export function askForSettle(questions: Questions, memory: SpoolMemory, batch: SettlementBatch): void {
  const settling = claimedOf(memory, batch);
  for (const { row, settlement } of settling) check(row, settlement.state);
  for (const { row, settlement } of settling) {
    const { key, fence, subject, counted, destination } = row;
    const { state, countsAsAttempt, tellsDelay, heldBy, waitsFor, suppression, softBounce } = settlement;
    const final = isFinal(state);
    questions.settlements.push({
      key,
      fence,
      accountKey: subject.accountKey,
      stream: subject.stream,
      mayHold: !final && counted !== undefined,
      state,
      dueAtMs: final ? undefined : Math.round(settlement.nextAttemptAtMs ?? batch.nowMs),
      counted: countsAsAttempt ? 1 : 0,
      settledAtMs: final ? Math.round(batch.nowMs) : undefined,
      nowMs: Math.round(batch.nowMs),
      tellsDelay: tellsDelay === true,
      heldBy,
      waitsFor,
    });
    if (!final || suppression !== undefined) questions.destinations.add(destination.name);
    if (suppression !== undefined || softBounce !== undefined) questions.eventIds++;
    if (suppression !== undefined) questions.accounts.add(suppression.accountId);
    if (softBounce !== undefined) questions.runs.add(subject.accountKey, softBounce.suppression.address);
    for (const { accountId } of settlement.withholding?.withdrawn ?? []) questions.accounts.add(accountId);
  }
  for (const dsn of batch.dsns) askForAccept(questions, dsn, memory);
}

/** `settled`: those whose claim was valid, by key. StoreError `conflict`: a DSN cannot be stored. */
export function settle(
  batch: Batch,
  { settlements, dsns, nowMs }: SettlementBatch,
  settled: ReadonlyMap<number, SettledRow>,
): { readonly written: number } {
  for (const dsn of dsns) checkAccept(batch, dsn);
  const before = new Set(batch.answers.settledBefore.map(({ id }) => id));
  let earlier = 0;
  let written = 0;
  for (const { row, settlement } of claimedOf(batch.memory, { settlements })) {
    const now = settled.get(row.key);
    // Whether it was written or another worker has it by now: it is not claimed here any more.
    batch.memory.feed.settled(row);
    if (now === undefined) {
      if (before.has(row.key)) earlier++;
      continue;
    }
    written++;
    settleOne(batch, row, { settlement, now }, nowMs);
  }
  if (earlier > 0) batch.changes.confirms = true;
  // The DSNs report these settlements: if none was written, another worker's outcome is the valid one.
  if (written > 0) for (const dsn of dsns) accept(batch, dsn);
  return { written: written + earlier };
}

/** `now`: what the delivery has become. */
function settleOne(
  batch: Batch,
  row: ClaimedRow,
  { settlement, now }: { readonly settlement: Settlement; readonly now: SettledRow },
  nowMs: number,
): void {
  const { changes, memory } = batch;
  const { key, fence, destination, subject, counted, recipient, messageKey } = row;
  const { event, attempts } = settlement;
  const { state, due_at: dueAtMs } = now;
  attempts.forEach((attempt, number) => changes.attempts.push({ key, fence, number, attempt }));
  if (state !== row.state) {
    changes.count(destination, row.state, -1);
    changes.count(destination, state, 1);
  }
  if (isFinal(state)) finish(batch, messageKey, nowMs);
  else if (dueAtMs !== null) {
    changes.due(destination, dueAtMs);
    memory.feed.backlog(destination, dueAtMs);
  }
  const numbered = settlement.suppression !== undefined || settlement.softBounce !== undefined;
  const id = numbered && event !== undefined ? takeEventId(batch) : undefined;
  const number = recipientNumberOf(key);
  const deferred = row.state === 'deferred';
  const about = { subject, counted, number, recipient, destination: destination.name, deferred };
  if (event !== undefined) changes.event({ ...event, ...about }, id);
  if (state === 'cancelled' && settlement.state !== 'cancelled')
    changes.event({ type: 'cancelled', atMs: nowMs, data: undefined, ...about });
  // An event without a number is referred to by its key, below zero; the sequencer replaces it by the number.
  suppress(batch, row, settlement, { event: id === undefined ? undefined : -id, nowMs });
  const fate = fateOf(settlement);
  if (fate === undefined || counted === undefined) return;
  const { accountKey, stream } = subject;
  const ofHealth = { accountKey, domain: counted.domain, stream, destination: destination.name };
  changes.tallies.countHealth(ofHealth, fate, nowMs);
}

function finish({ changes }: Batch, messageKey: number, atMs: number): void {
  const entry = changes.finished.get(messageKey);
  if (entry === undefined) changes.finished.set(messageKey, { count: 1, atMs });
  else entry.count++;
}

function takeEventId({ answers }: Batch): number | undefined {
  return (answers.eventIds as { id: number }[]).shift()?.id;
}

function claimedOf(
  { feed }: Pick<SpoolMemory, 'feed'>,
  { settlements }: Pick<SettlementBatch, 'settlements'>,
): readonly Settling[] {
  return settlements.flatMap((settlement) => {
    const row = feed.find(settlement.deliveryId, settlement.fence);
    return row === undefined ? [] : [{ row, settlement }];
  });
}

function check({ state: before }: ClaimedRow, state: Settlement['state']): void {
  if (!mayFollow(before, state))
    throw new StoreError('conflict', `a delivery cannot become ${state} after ${before}`);
}
