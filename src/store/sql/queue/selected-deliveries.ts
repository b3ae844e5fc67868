/**
 * Finds the deliveries that a selection means: through the open messages in the order of their acceptance, part by part, each of
 * bounded cost; or the newest ones for a list.
 */
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { DeliverySelection, OpenStretch, QueueReader, SelectedTally } from '../../queue-admin.ts';
import { filtered, textOf } from '../filters.ts';
import type { Dialect } from '../dialect.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { isSelected, SELECTED, selectedNames, selectedValues, type SelectedRow } from './selection.ts';
import { messageViewsOf } from './message-views.ts';

/** Examined at a time, a few milliseconds; the message that exceeds the second is still examined. */
const MESSAGES_A_STRETCH = 5_000;
const DELIVERIES_A_STRETCH = 20_000;
const START: OpenStretch = { after: '' };

export interface SelectedDelivery extends SelectedRow {
  readonly id: number;
  readonly public_id: string;
  readonly accepted_at: number;
  readonly account: string;
  readonly destination: string;
  readonly claimed: number;
}

const STRETCH = statement<{ after: string }, { public_id: string }>(
  ({ indexedBy }) => `SELECT public_id FROM (
     SELECT public_id, sum(recipients) OVER (ORDER BY public_id) AS looked_at,
       row_number() OVER (ORDER BY public_id) AS place FROM (
       SELECT public_id, recipients FROM message ${indexedBy('message_unsettled')}
       WHERE settled_at IS NULL AND public_id > :after ORDER BY public_id LIMIT ${MESSAGES_A_STRETCH}) looked) summed
   WHERE looked_at >= ${DELIVERIES_A_STRETCH} OR place = ${MESSAGES_A_STRETCH} ORDER BY public_id LIMIT 1`,
);

const OPEN = `m.settled_at IS NULL AND d.settled_at IS NULL AND d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE}
  AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`;
const COLUMNS = 'd.id, d.recipient, m.public_id, m.subject, m.reverse_path, m.header_from';
const PLACES = {
  after: 'm.public_id > :after',
  upTo: 'm.public_id <= :upTo',
  any: '1 = 1',
  /** Of a list: what was listed is not listed again. */
  from: 'm.public_id <= :from AND NOT (m.public_id = :from AND d.id <= :behind)',
} as const;

const condition = (name: string, dialect: Dialect) =>
  textOf(name in PLACES ? PLACES[name as keyof typeof PLACES] : (SELECTED[name] ?? ''), dialect);

const FIND = filtered<SelectedDelivery>(
  condition,
  (where, { indexedBy, claimedBy }) => `SELECT ${COLUMNS}, m.accepted_at,
     (SELECT name FROM account WHERE id = d.account_id) AS account,
     (SELECT name FROM destination WHERE id = d.destination_id) AS destination,
     CASE WHEN d.${claimedBy} IS NULL THEN 0 ELSE 1 END AS claimed
   FROM message m ${indexedBy('message_unsettled')} CROSS JOIN delivery d WHERE ${OPEN} AND ${where}
   ORDER BY m.public_id, d.id`,
);
const NEWEST = filtered<SelectedDelivery>(
  condition,
  (where, { indexedBy }) => `SELECT ${COLUMNS}
   FROM message m ${indexedBy('message_unsettled')} CROSS JOIN delivery d WHERE ${OPEN} AND ${where}
   ORDER BY m.public_id DESC, d.id LIMIT :limit`,
);

/** It asks for more than one message, destination or account. */
export function isNarrow(selection: DeliverySelection): boolean {
  const { stream, sender, recipient, subject, acceptedBeforeMs, acceptedAfterMs, state } = selection;
  const asked = [stream, sender, recipient, subject, acceptedBeforeMs, acceptedAfterMs, state];
  return asked.some((one) => one !== undefined);
}

/** What a selection means of the next part, and where to continue. */
export function* findSelected(
  selection: DeliverySelection,
  from: OpenStretch = START,
): Steps<{ readonly found: readonly SelectedDelivery[]; readonly next: OpenStretch | undefined }> {
  const { after } = from;
  // One message is a part of its own.
  const upTo = selection.id === undefined ? (yield* one(STRETCH, { after }))?.public_id : undefined;
  const values = { ...selectedValues(selection), after, upTo };
  const names = ['after', ...(upTo === undefined ? [] : ['upTo']), ...selectedNames(values)];
  const rows = yield* all(FIND(names), values);
  const found = rows.filter((row) => isSelected(row, selection));
  return { found, next: upTo === undefined ? undefined : { after: upTo } };
}

export const selectedReads: StepsOf<Pick<QueueReader, 'listQueue' | 'tallySelected'>> = {
  *listQueue(selection, limit) {
    const keys = yield* newest(selection, limit);
    return yield* messageViewsOf(keys);
  },
  *tallySelected(selection, from): Steps<SelectedTally> {
    const { found, next } = yield* findSelected(selection, from);
    const destinations = new Map<string, number>();
    const accounts = new Map<string, number>();
    let claimed = 0;
    let oldestAtMs: number | undefined;
    for (const row of found) {
      destinations.set(row.destination, (destinations.get(row.destination) ?? 0) + 1);
      accounts.set(row.account, (accounts.get(row.account) ?? 0) + 1);
      claimed += row.claimed;
      oldestAtMs = Math.min(row.accepted_at, oldestAtMs ?? row.accepted_at);
    }
    const messages = new Set(found.map((row) => row.public_id)).size;
    return { deliveries: found.length, messages, claimed, oldestAtMs, destinations, accounts, next };
  },
};

/** Keys, the newest message first. */
function* newest(selection: DeliverySelection, limit: number): Steps<readonly number[]> {
  const keys: number[] = [];
  const selected = selectedValues(selection);
  let place: { from: string; behind: number } | undefined;
  while (keys.length < limit) {
    const wanted = limit - keys.length;
    const values = { ...selected, ...place, limit: wanted };
    const names = [...(place === undefined ? [] : ['from']), ...selectedNames(values)];
    const rows = yield* all(NEWEST(names.length === 0 ? ['any'] : names), values);
    for (const row of rows) if (isSelected(row, selection)) keys.push(row.id);
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted) break;
    place = { from: last.public_id, behind: last.id };
  }
  return keys;
}
