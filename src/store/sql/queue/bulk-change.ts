/** Which deliveries an operator's bulk change applies to, and how it changes them. For every engine. */
import { assert } from '../../../platform/assert.ts';
import { mayFollow, type DeliveryState } from '../../../policy/delivery-state.ts';

/** An unclaimed delivery, with the fields that a change needs. */
export interface BulkRow {
  readonly state: DeliveryState;
  readonly attempts: number;
}

export interface BulkChange {
  readonly name: 'retry' | 'hold' | 'release' | 'cancel';
  /** Rows changed in one transaction, so that it takes a few milliseconds. */
  readonly rowsAStep: number;
  /** In a destination: those that wait and are due after this time, and whether held ones are included. */
  readonly waitingAfter: (nowMs: number) => number | undefined;
  readonly held: boolean;
  /** The new state and due time. `sendAtMs`: the time that the sender set. */
  readonly outcome: (row: BulkRow, nowMs: number, sendAtMs: () => number | undefined) => BulkOutcome;
}

export interface BulkOutcome {
  readonly state: DeliveryState;
  readonly dueAtMs: number | undefined;
}

/** Earlier than any time: everything that waits. */
export const EVER = -1;

export const RETRY: BulkChange = {
  name: 'retry',
  rowsAStep: 300,
  // Deliveries that are due already need no change.
  waitingAfter: (nowMs) => nowMs,
  held: false,
  outcome: ({ state }, nowMs) => ({ state: state === 'scheduled' ? 'queued' : state, dueAtMs: nowMs }),
};
export const HOLD: BulkChange = {
  name: 'hold',
  rowsAStep: 300,
  waitingAfter: () => EVER,
  held: false,
  outcome: () => ({ state: 'held', dueAtMs: undefined }),
};
export const RELEASE: BulkChange = {
  name: 'release',
  rowsAStep: 300,
  waitingAfter: () => undefined,
  held: true,
  outcome: ({ attempts }, nowMs, sendAtMs) => {
    if (attempts > 0) return { state: 'deferred', dueAtMs: nowMs };
    const atMs = sendAtMs() ?? nowMs;
    return atMs > nowMs ? { state: 'scheduled', dueAtMs: atMs } : { state: 'queued', dueAtMs: nowMs };
  },
};
export const CANCEL: BulkChange = {
  name: 'cancel',
  rowsAStep: 150,
  waitingAfter: () => EVER,
  held: true,
  outcome: () => ({ state: 'cancelled', dueAtMs: undefined }),
};

/** The outcome, when it may follow the delivery's state. */
export function outcomeOf(
  change: BulkChange,
  row: BulkRow,
  nowMs: number,
  sendAtMs: () => number | undefined,
): BulkOutcome {
  const outcome = change.outcome(row, nowMs, sendAtMs);
  assert(
    outcome.state === row.state || mayFollow(row.state, outcome.state),
    `${change.name} of a delivery that is ${row.state}`,
  );
  return outcome;
}
