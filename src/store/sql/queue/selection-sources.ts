/**
 * Where the deliveries of a selection are looked for: at their destination or by their state, where an index leads to few of them,
 * else through the open messages in the order of their acceptance.
 */
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { DeliverySelection } from '../../queue-admin.ts';
import type { Dialect } from '../dialect.ts';
import { statement, type Statement, type Values } from '../statement.ts';
import { one, type Steps } from '../steps.ts';
import { selectedValues } from './selection.ts';

export type Source = 'messages' | 'destination' | 'state';

/** Read at once, a few dozen milliseconds. */
const FEW = 20_000;
/** For a list, which has the newest of more sooner from the newest messages. */
const FEW_LISTED = 3_000;
/** They have an index by their state, whatever their destination. */
const INDEXED_STATES = ['scheduled', 'deferred', 'held'];

const AT_DESTINATION = 'destination_id = (SELECT id FROM destination WHERE name = :destination)';
const KEYS: Readonly<Record<Exclude<Source, 'messages'>, (dialect: Dialect) => string>> = {
  destination: ({ indexedBy, claimedBy }) => `(
    SELECT id FROM delivery ${indexedBy('delivery_due_any')} WHERE ${AT_DESTINATION} AND due_at IS NOT NULL
    UNION ALL SELECT id FROM delivery ${indexedBy('delivery_held')} WHERE ${AT_DESTINATION} AND state = 'held'
    UNION ALL SELECT id FROM delivery ${indexedBy('delivery_claimed')} WHERE ${claimedBy} IS NOT NULL
      AND ${AT_DESTINATION}) k`,
  state: ({ indexedBy }) => `(SELECT id FROM delivery ${indexedBy('delivery_state')}
    WHERE state = :state AND (state = 'scheduled' OR state = 'deferred' OR state = 'held')) k`,
};

/** `FROM` and its conditions: the open message `m` and its open delivery `d`. */
export function openFrom(source: Source, dialect: Dialect): string {
  if (source === 'messages')
    return `FROM message m ${dialect.indexedBy('message_unsettled')} CROSS JOIN delivery d
      WHERE m.settled_at IS NULL AND d.settled_at IS NULL AND d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE}
        AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`;
  return `FROM ${KEYS[source](dialect)} CROSS JOIN delivery d CROSS JOIN message m
    WHERE d.id = k.id AND m.id = d.id / ${DELIVERIES_PER_MESSAGE} AND d.settled_at IS NULL`;
}

const count = (source: Exclude<Source, 'messages'>): Statement<Values, { n: number }> =>
  statement<Values, { n: number }>(
    (dialect) =>
      `SELECT count(*) AS n FROM (SELECT 1 FROM ${KEYS[source](dialect)} LIMIT ${FEW + 1}) counted`,
  );
const COUNT = { destination: count('destination'), state: count('state') };

/** A source of few deliveries; `messages`: none is known to be. */
export function* fewFrom(selection: DeliverySelection): Steps<Source> {
  const values = selectedValues(selection);
  if (selection.id !== undefined) return 'messages';
  if ((yield* countAt('destination', values)) <= FEW) return 'destination';
  return hasIndexedState(selection) && (yield* countAt('state', values)) <= FEW ? 'state' : 'messages';
}

/** The source of the newest ones. */
export function* newestFrom(selection: DeliverySelection): Steps<Source> {
  if (selection.id !== undefined) return 'messages';
  if ((yield* countAt('destination', selectedValues(selection))) <= FEW_LISTED) return 'destination';
  return hasIndexedState(selection) ? 'state' : 'messages';
}

function hasIndexedState({ state }: DeliverySelection): boolean {
  return state !== undefined && INDEXED_STATES.includes(state);
}

/** At most one more than {@link FEW}; infinite where none is named. */
function* countAt(source: Exclude<Source, 'messages'>, values: Values): Steps<number> {
  if (values[source] === undefined) return Infinity;
  return (yield* one(COUNT[source], values))?.n ?? 0;
}
