/**
 * Which deliveries an operator's bulk change applies to, and how it changes them. For every engine. A delivery that a worker has
 * in hand is not changed but gets a wish, which is fulfilled in the transaction that returns it unfinished.
 */
import { assert } from '../../../platform/assert.ts';
import { mayFollow, type DeliveryState } from '../../../policy/delivery-state.ts';

/** What is to become of a claimed delivery when it returns unfinished. `retry`: it is due at once. */
export type Wish = 'hold' | 'cancel' | 'retry';

/** A delivery, with the fields that a change needs. */
export interface BulkRow {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly due_at: number | null;
}

export interface BulkChange {
  readonly name: 'retry' | 'hold' | 'release' | 'cancel' | 'reroute' | 'look again';
  /** Rows changed in one transaction, so that it takes a few milliseconds. */
  readonly rowsAStep: number;
  /** In a destination: those that wait and are due after this time, and whether held ones are included. */
  readonly waitingAfter: (nowMs: number) => number | undefined;
  readonly held: boolean;
  /** Of those, the ones that are held for nothing but a suspension of their account. */
  readonly ofSuspension?: true;
  /** Those as well that are held for nothing but a suspension of their account, which goes on: they are held for themselves then. */
  readonly marksSuspended?: true;
  /** What `waits_for` says from then on; `undefined`: nothing. */
  readonly waitsFor?: string;
  /** The new state and due time. `sendAtMs`: the time that the sender set. */
  readonly outcome: (row: BulkRow, nowMs: number, sendAtMs: () => number | undefined) => BulkOutcome;
  /** The wish of a claimed delivery that has `before`; `undefined`: it is left as it is. */
  readonly wish: (before: Wish | null) => Wish | null | undefined;
  /** Of `reroute`: the route that they take from now on, in place of the one that matches. */
  readonly route?: string | undefined;
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
  // They are being tried.
  wish: () => undefined,
};
/**
 * What `waits_for` of a held delivery says where it is not held for a suspension of its account alone: an operator held it, or it
 * was held before, for another reason. Of one that is held it is read by nobody else.
 */
export const HELD_APART = 'held apart from its account';
/** SQL: held for nothing but a suspension of its account. */
export const HELD_BY_SUSPENSION = `coalesce(waits_for, '') <> '${HELD_APART}'`;
/** SQL: keys of accounts that are suspended now. */
export const SUSPENDED_ACCOUNTS = `SELECT a.id FROM suspension s JOIN account a ON a.public_id = s.subject WHERE s.kind = 'account'`;
/** SQL, 1 or 0: `alias` is held for nothing but a suspension of its account, which goes on. */
export const heldForAccount = (alias: string) =>
  `CASE WHEN ${alias}.state = 'held' AND coalesce(${alias}.waits_for, '') <> '${HELD_APART}'
    AND ${alias}.account_id IN (${SUSPENDED_ACCOUNTS}) THEN 1 ELSE 0 END`;
export const HOLD: BulkChange = {
  name: 'hold',
  rowsAStep: 300,
  waitingAfter: () => EVER,
  held: false,
  marksSuspended: true,
  waitsFor: HELD_APART,
  outcome: () => ({ state: 'held', dueAtMs: undefined }),
  wish: (before) => (before === null || before === 'retry' ? 'hold' : undefined),
};
/** What is in hand is held when it returns, for as long as the account is suspended. */
export const HOLD_SUSPENDED: BulkChange = {
  name: 'hold',
  rowsAStep: HOLD.rowsAStep,
  waitingAfter: HOLD.waitingAfter,
  held: false,
  outcome: HOLD.outcome,
  wish: () => undefined,
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
  // What was cancelled is cancelled for good.
  wish: (before) => (before === 'hold' ? null : undefined),
};
export const RELEASE_SUSPENDED: BulkChange = { ...RELEASE, ofSuspension: true };
export const CANCEL: BulkChange = {
  name: 'cancel',
  rowsAStep: 150,
  waitingAfter: () => EVER,
  held: true,
  outcome: () => ({ state: 'cancelled', dueAtMs: undefined }),
  wish: (before) => (before === 'cancel' ? undefined : 'cancel'),
};

/** Due at once by another route, held or not; what is scheduled keeps its time. */
export function rerouteBy(route: string): BulkChange {
  return {
    name: 'reroute',
    rowsAStep: 300,
    waitingAfter: () => EVER,
    held: true,
    outcome: (row, nowMs, sendAtMs) => {
      if (row.state === 'held') return RELEASE.outcome(row, nowMs, sendAtMs);
      return { state: row.state, dueAtMs: row.state === 'scheduled' ? (row.due_at ?? nowMs) : nowMs };
    },
    wish: (before) => (before === 'cancel' ? undefined : 'retry'),
    route,
  };
}

/** The changes that wishes stand for; `undefined`: it is enough that the delivery is due. */
export function changeOfWish(wish: Wish): BulkChange | undefined {
  return wish === 'retry' ? undefined : wish === 'hold' ? HOLD : CANCEL;
}

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
