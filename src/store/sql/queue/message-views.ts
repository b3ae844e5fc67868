/**
 * Messages with their deliveries and attempts, as shown to people: a fixed number of statements for a page, whatever its
 * length.
 */
import { isFinal } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE, deliveryRange, messageKeyOf, recipientNumberOf } from '../../flow/keys.ts';
import { deliveryIdOf } from '../../public-ids.ts';
import type { DeliveryView, MessageView } from '../../views.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { heldForAccount } from './bulk-change.ts';
import { factsOf, selectMessage, type MessageRow } from './message-rows.ts';
import {
  ATTEMPT_COLUMNS,
  attemptOf,
  obstacleOf,
  replyOf,
  type AttemptRow,
  type DeliveryViewRow,
  type ObstacleRow,
} from './queue-rows.ts';
import { seenTries, TRIES_SHOWN, type SeenTries, type Waiting } from './seen-tries.ts';

interface OwnAttemptRow extends AttemptRow {
  readonly delivery_id: number;
  readonly number: number;
}

// Each destination by its key: with a join, an engine that does not know how few are needed would read all of them.
const SELECT = `SELECT d.id, d.recipient, d.destination_id, d.state, d.attempts, d.due_at, d.settled_at,
  d.held_by, d.wish, d.reroute, d.waits_for, ${heldForAccount('d')} AS held_for_account,
  (SELECT name FROM destination WHERE id = d.destination_id) AS destination,
  (SELECT tries FROM destination WHERE id = d.destination_id) AS destination_tries`;
const DELIVERIES = statement<{ messages: string }, DeliveryViewRow>(
  ({ integersOf }) => `${SELECT} FROM ${integersOf(':messages', 'm')} CROSS JOIN delivery d
   WHERE d.id BETWEEN m.value * ${DELIVERIES_PER_MESSAGE}
     AND m.value * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`,
);
const DELIVERIES_BY_KEY = statement<{ deliveries: string }, DeliveryViewRow>(
  ({ integersOf }) =>
    `${SELECT} FROM ${integersOf(':deliveries', 'k')} CROSS JOIN delivery d WHERE d.id = k.value`,
);
const MESSAGES = statement<{ messages: string }, MessageRow>(
  ({ integersOf }) => `${selectMessage()} WHERE m.id IN (SELECT value FROM ${integersOf(':messages', 'k')})`,
);
const OBSTACLES = statement<{ destinations: string }, ObstacleRow>(
  ({ integersOf }) => `SELECT id, suspended, blocked_until, waits_for FROM destination
   WHERE id IN (SELECT value FROM ${integersOf(':destinations', 'k')})`,
);
const LAST_ATTEMPTS = statement<{ deliveries: string }, OwnAttemptRow>(
  ({ integersOf }) => `SELECT a.delivery_id, a.number, ${ATTEMPT_COLUMNS}
   FROM ${integersOf(':deliveries', 'd')} CROSS JOIN attempt a
   WHERE a.delivery_id = d.value AND a.fence = (SELECT max(b.fence) FROM attempt b WHERE b.delivery_id = d.value)`,
);
const ALL_ATTEMPTS = statement<{ first: number; last: number }, OwnAttemptRow>(
  `SELECT delivery_id, number, ${ATTEMPT_COLUMNS} FROM attempt WHERE delivery_id BETWEEN :first AND :last
   ORDER BY delivery_id, fence, number`,
);

/** With each delivery's last reply. */
export function* messageViews(rows: readonly MessageRow[]): Steps<readonly MessageView[]> {
  return yield* views(rows, yield* deliveriesOf(rows), false);
}

/** With each delivery's history. */
export function* messageViewWithHistory(row: MessageRow): Steps<MessageView | undefined> {
  return (yield* views([row], yield* deliveriesOf([row]), true))[0];
}

/** The messages of the deliveries with these keys, the newest first, and in them no others; with what stands in their way. */
export function* messageViewsOf(keys: readonly number[]): Steps<readonly MessageView[]> {
  if (keys.length === 0) return [];
  const messages = [...new Set(keys.map(messageKeyOf))];
  const found = yield* all(MESSAGES, { messages: JSON.stringify(messages) });
  const byKey = new Map(found.map((row) => [row.id, row]));
  const deliveries = yield* all(DELIVERIES_BY_KEY, { deliveries: JSON.stringify(keys) });
  const rows = messages
    .map((key) => byKey.get(key))
    .filter((row) => row !== undefined)
    .sort((row, other) => (row.public_id < other.public_id ? 1 : -1));
  const obstacles = yield* obstaclesOf(deliveries);
  return yield* views(rows, deliveries, false, obstacles);
}

function* deliveriesOf(rows: readonly MessageRow[]): Steps<readonly DeliveryViewRow[]> {
  return rows.length === 0
    ? []
    : yield* all(DELIVERIES, { messages: JSON.stringify(rows.map(({ id }) => id)) });
}

function* obstaclesOf(deliveries: readonly DeliveryViewRow[]): Steps<ReadonlyMap<number, ObstacleRow>> {
  const ids = [...new Set(deliveries.map((row) => row.destination_id))];
  const rows = yield* all(OBSTACLES, { destinations: JSON.stringify(ids) });
  return new Map(rows.map((row) => [row.id, row]));
}

function* views(
  rows: readonly MessageRow[],
  found: readonly DeliveryViewRow[],
  withHistory: boolean,
  obstacles?: ReadonlyMap<number, ObstacleRow>,
): Steps<readonly MessageView[]> {
  if (rows.length === 0) return [];
  const messages = new Map(rows.map((row) => [row.id, row]));
  const deliveries = [...found].sort((one, other) => one.id - other.id);
  const own = yield* ownAttempts(deliveries, withHistory);
  const spans = new Map<number, Waiting>();
  for (const delivery of deliveries) {
    const message = messages.get(messageKeyOf(delivery.id));
    // Held deliveries are not tried.
    if (message === undefined || delivery.destination_tries === 0 || delivery.state === 'held') continue;
    spans.set(delivery.id, {
      destinationId: delivery.destination_id,
      fromMs: Math.max(message.accepted_at, message.send_at ?? 0),
      toMs: delivery.settled_at ?? Number.MAX_SAFE_INTEGER,
    });
  }
  const seen = yield* seenTries([...spans.values()], !withHistory);
  const viewsOf = new Map<number, DeliveryView[]>();
  for (const delivery of deliveries) {
    const span = spans.get(delivery.id);
    const message = messages.get(messageKeyOf(delivery.id));
    if (message === undefined) continue;
    const history = withHistory ? 'all' : 'last';
    const obstacle = obstacles?.get(delivery.destination_id);
    const view = {
      ...deliveryView(message, delivery, own.get(delivery.id) ?? [], span && seen(span), history),
      ...(obstacle !== undefined && { obstacle: obstacleOf(obstacle) }),
    };
    const listed = viewsOf.get(message.id);
    if (listed === undefined) viewsOf.set(message.id, [view]);
    else listed.push(view);
  }
  return rows.map((row) => ({
    facts: factsOf(row),
    accountName: row.account_name,
    hasContent: row.content_gone === 0,
    deliveries: viewsOf.get(row.id) ?? [],
  }));
}

/** By delivery, oldest first: all attempts, or the last one. */
function* ownAttempts(
  deliveries: readonly DeliveryViewRow[],
  withHistory: boolean,
): Steps<ReadonlyMap<number, readonly AttemptRow[]>> {
  const attempts = new Map<number, OwnAttemptRow[]>();
  const [first] = deliveries;
  if (first === undefined) return attempts;
  if (withHistory) {
    const [from, to] = deliveryRange(messageKeyOf(first.id));
    for (const row of yield* all(ALL_ATTEMPTS, { first: from, last: to })) {
      const known = attempts.get(row.delivery_id);
      if (known === undefined) attempts.set(row.delivery_id, [row]);
      else known.push(row);
    }
  } else {
    const ids = JSON.stringify(deliveries.map(({ id }) => id));
    for (const row of yield* all(LAST_ATTEMPTS, { deliveries: ids }))
      if (row.number >= (attempts.get(row.delivery_id)?.[0]?.number ?? 0))
        attempts.set(row.delivery_id, [row]);
  }
  return attempts;
}

function deliveryView(
  message: MessageRow,
  row: DeliveryViewRow,
  own: readonly AttemptRow[],
  seen: SeenTries = { count: 0, rows: [] },
  shown: 'all' | 'last',
): DeliveryView {
  // Both are in order of time.
  const history = [...own, ...seen.rows.toReversed()].sort((one, other) => one.at - other.at);
  const last = history.at(-1);
  return {
    id: deliveryIdOf(message.public_id, recipientNumberOf(row.id)),
    recipient: row.recipient,
    destination: row.destination,
    state: row.state,
    attempts: row.attempts + seen.count,
    nextAttemptAtMs: row.due_at ?? undefined,
    // Waiting deliveries have a due time unless they are claimed.
    claimed: row.due_at === null && row.state !== 'held' && !isFinal(row.state),
    lastReply: last === undefined ? undefined : replyOf(last),
    settledAtMs: row.settled_at ?? undefined,
    history: shown === 'all' ? history.map(attemptOf) : undefined,
    heldBy: row.held_by ?? undefined,
    wish: row.wish ?? undefined,
    reroute: row.reroute ?? undefined,
    // Of what is held it says by whom.
    waitsFor: row.state === 'held' ? undefined : (row.waits_for ?? undefined),
    ...(row.held_for_account === 1 && { heldForAccount: true }),
    ...(seen.count > TRIES_SHOWN && { triesLeftOut: seen.count - TRIES_SHOWN }),
  };
}
