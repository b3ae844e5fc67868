/**
 * Finds the deliveries that a selection means: all of them in parts of bounded cost, or the newest ones for a list. In a part each
 * is found as it is at that moment, whatever its state.
 */
import type { DeliverySelection, OpenStretch, QueueReader } from '../../queue-admin.ts';
import type { Dialect } from '../dialect.ts';
import { filtered, textOf, type Filtered } from '../filters.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { messageViewsOf } from './message-views.ts';
import { isSelected, SELECTED, selectedNames, selectedValues, type SelectedRow } from './selection.ts';
import { fewFrom, newestFrom, openFrom, type Source } from './selection-sources.ts';

/** Messages examined at a time, a few milliseconds; the one that exceeds the deliveries is still examined. */
const MESSAGES_A_STRETCH = 5_000;
const DELIVERIES_A_STRETCH = 20_000;
const SOURCES = ['messages', 'destination', 'state'] as const satisfies readonly Source[];

export interface SelectedDelivery extends SelectedRow {
  readonly id: number;
  readonly public_id: string;
  readonly accepted_at: number;
  readonly account: string;
  readonly destination: string;
  readonly claimed: number;
}

/** Part of the open messages, or all there is where that is little. */
export interface Part {
  readonly source: Source;
  /** The conditions of the part, and their values. */
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly next: OpenStretch | undefined;
}

const STRETCH = statement<{ after: string }, { public_id: string }>(
  ({ indexedBy }) => `SELECT public_id FROM (
     SELECT public_id, sum(recipients) OVER (ORDER BY public_id) AS looked_at,
       row_number() OVER (ORDER BY public_id) AS place FROM (
       SELECT public_id, recipients FROM message ${indexedBy('message_unsettled')}
       WHERE settled_at IS NULL AND public_id > :after ORDER BY public_id LIMIT ${MESSAGES_A_STRETCH}) looked) summed
   WHERE looked_at >= ${DELIVERIES_A_STRETCH} OR place = ${MESSAGES_A_STRETCH} ORDER BY public_id LIMIT 1`,
);

const PLACES: Readonly<Record<string, string>> = {
  any: '1 = 1',
  after: 'm.public_id > :after',
  upTo: 'm.public_id <= :upTo',
  /** Of a list: what was listed is not listed again. */
  from: 'm.public_id <= :from AND NOT (m.public_id = :from AND d.id <= :behind)',
  below: 'd.id < :behind',
};
const COLUMNS = 'd.id, d.recipient, m.public_id, m.subject, m.reverse_path, m.header_from';

export function selectedCondition(name: string, dialect: Dialect): string {
  return PLACES[name] ?? textOf(SELECTED[name] ?? '', dialect);
}

function bySource<R>(text: (from: string, dialect: Dialect, source: Source) => string) {
  return Object.fromEntries(
    SOURCES.map((source) => [
      source,
      filtered<R>(selectedCondition, (where, dialect) =>
        text(`${openFrom(source, dialect)} AND ${where}`, dialect, source),
      ),
    ]),
  ) as Readonly<Record<Source, Filtered<R>>>;
}

const FIND = bySource<SelectedDelivery>(
  (from, { claimedBy }) => `SELECT ${COLUMNS}, m.accepted_at,
     (SELECT name FROM account WHERE id = d.account_id) AS account,
     (SELECT name FROM destination WHERE id = d.destination_id) AS destination,
     CASE WHEN d.${claimedBy} IS NULL THEN 0 ELSE 1 END AS claimed ${from}`,
);
/** Keys grow with time: an index that leads to them gives the newest first. */
const NEWEST = bySource<SelectedDelivery>(
  (from, _, source) =>
    `SELECT ${COLUMNS} ${from} ORDER BY ${source === 'messages' ? 'm.public_id DESC, d.id' : 'd.id DESC'} LIMIT :limit`,
);

/** It asks for more than one message, destination or account. */
export function isNarrow(selection: DeliverySelection): boolean {
  const { stream, sender, recipient, subject, acceptedBeforeMs, acceptedAfterMs, state } = selection;
  const asked = [stream, sender, recipient, subject, acceptedBeforeMs, acceptedAfterMs, state];
  return asked.some((part) => part !== undefined);
}

/** What to look at next, after `from`. */
export function* partOf(selection: DeliverySelection, from: OpenStretch | undefined): Steps<Part> {
  const source = from === undefined ? yield* fewFrom(selection) : 'messages';
  // One message is a part of its own.
  if (source !== 'messages' || selection.id !== undefined)
    return { source, names: [], values: {}, next: undefined };
  const after = from?.after ?? '';
  const upTo = (yield* one(STRETCH, { after }))?.public_id;
  if (upTo === undefined) return { source, names: ['after'], values: { after }, next: undefined };
  return { source, names: ['after', 'upTo'], values: { after, upTo }, next: { after: upTo } };
}

/** What a selection means of the next part, and where to continue. */
export function* findSelected(
  selection: DeliverySelection,
  from?: OpenStretch,
): Steps<{ readonly found: readonly SelectedDelivery[]; readonly next: OpenStretch | undefined }> {
  const part = yield* partOf(selection, from);
  return { found: yield* findIn(part, selection), next: part.next };
}

export function* findIn(part: Part, selection: DeliverySelection): Steps<readonly SelectedDelivery[]> {
  const values = { ...selectedValues(selection), ...part.values };
  const names = [...part.names, ...selectedNames(values)];
  const rows = yield* all(FIND[part.source](names.length === 0 ? ['any'] : names), values);
  return rows.filter((row) => isSelected(row, selection));
}

export const selectedLists: StepsOf<Pick<QueueReader, 'listQueue'>> = {
  *listQueue(selection, limit) {
    const keys = yield* newest(selection, limit);
    return yield* messageViewsOf(keys);
  },
};

/** Keys. */
function* newest(selection: DeliverySelection, limit: number): Steps<readonly number[]> {
  const source = yield* newestFrom(selection);
  const keys: number[] = [];
  const selected = selectedValues(selection);
  let place: Readonly<Record<string, string | number>> | undefined;
  while (keys.length < limit) {
    const wanted = limit - keys.length;
    const values = { ...selected, ...place, limit: wanted };
    const of = place === undefined ? 'any' : source === 'messages' ? 'from' : 'below';
    const rows = yield* all(NEWEST[source]([of, ...selectedNames(values)]), values);
    for (const row of rows) if (isSelected(row, selection)) keys.push(row.id);
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted) break;
    place = { from: last.public_id, behind: last.id };
  }
  return keys;
}
