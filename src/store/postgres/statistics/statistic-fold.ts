/**
 * Folding on PostgreSQL: counts of this node's transactions are moved, a few hundred rows of `statistic_delta` at a time,
 * into this node's rows by hour, day and month. A separate transaction, beside the flow of mail, of a fixed number of
 * statements. Only one fold of a node runs at a time, so its rows are not contended.
 */
import { decodeTimes, encodeTimes, type DeliveryTimes } from '../../delivery-times.ts';
import { NAMES_A_DAY, type StatisticGroup } from '../../stats.ts';
import { statement } from '../../sql/statement.ts';
import { NamesOfDay } from '../../sql/statistics/names-of-day.ts';
import { addAll, StatisticDelta, type SourceTally } from '../../sql/statistics/statistic-delta.ts';
import { COUNT_COLUMNS, DAY_SPAN, GROUP_KINDS } from '../../sql/statistics/statistic-rows.ts';
import { dayOfHour, placesOf, spread } from '../../sql/statistics/statistic-spread.ts';
import { all, run, type Steps } from '../../sql/steps.ts';

const MOST_FOLDED = 128;

const DELTAS = statement<{ node: number; limit: number }, { id: number; data: string }>(
  'SELECT id, data FROM statistic_delta WHERE node_id = :node ORDER BY id LIMIT :limit FOR UPDATE',
);
const DELETE_DELTAS = statement<{ node: number; ids: string }>(
  ({ integersOf }) =>
    `DELETE FROM statistic_delta WHERE node_id = :node AND id IN (SELECT value FROM ${integersOf(':ids', 'i')})`,
);
/** Over all nodes, which share the places. One row for each list, whatever its length. */
const NAMES = statement<{ lists: string }, { one: number; two: number; three: number; name: string | null }>(
  ({ triplesOf }) => `SELECT l.one, l.two, l.three, s.name FROM ${triplesOf(':lists', 'l')}
   CROSS JOIN LATERAL (SELECT DISTINCT name FROM statistic WHERE span = ${DAY_SPAN} AND account_id = l.one
     AND kind = l.two AND number = l.three) s`,
);
const LARGEST = statement<
  { lists: string; limit: number },
  { one: number; two: number; three: number; name: string | null }
>(
  ({ triplesOf }) => `SELECT l.one, l.two, l.three, s.name FROM ${triplesOf(':lists', 'l')}
   CROSS JOIN LATERAL (SELECT name FROM statistic WHERE span = ${DAY_SPAN} AND account_id = l.one AND kind = l.two
     AND number = l.three - 1 GROUP BY name ORDER BY sum(accepted) DESC, name LIMIT :limit) s`,
);

const KEY = 'span, account_id, kind, number, name';
const KEY_TYPES = 'span bigint, account_id bigint, kind bigint, number bigint, name text';
const TIMES = statement<{ node: number; keys: string }, Stored>(
  `SELECT s.span, s.account_id, s.kind, s.number, s.name, s.times
   FROM json_to_recordset(CAST(:keys AS json)) AS k (${KEY_TYPES}) CROSS JOIN LATERAL (
     SELECT * FROM statistic WHERE span = k.span AND account_id = k.account_id AND kind = k.kind
       AND number = k.number AND name = k.name COLLATE "C" AND node_id = :node AND times IS NOT NULL) s`,
);
const ADD = statement<{ node: number; rows: string }>(
  `INSERT INTO statistic (${KEY}, node_id, ${COUNT_COLUMNS.join(', ')}, times)
   SELECT ${KEY}, :node, ${COUNT_COLUMNS.join(', ')}, decode(times, 'hex')
   FROM json_to_recordset(CAST(:rows AS json)) AS r (${KEY_TYPES},
     ${COUNT_COLUMNS.map((column) => `${column} bigint`).join(', ')}, times text)
   ON CONFLICT (${KEY}, node_id) DO UPDATE SET
     ${COUNT_COLUMNS.map((column) => `${column} = statistic.${column} + excluded.${column}`).join(', ')},
     times = coalesce(excluded.times, statistic.times)`,
);

type Key = {
  readonly span: number;
  readonly account_id: number;
  readonly kind: number;
  readonly number: number;
  readonly name: string;
};
type Stored = Key & { readonly times: Uint8Array };

/** Moves some counts of the node's transactions; true: there is more. In a transaction. */
export function* foldSome(node: number): Steps<boolean> {
  const deltas = yield* all(DELTAS, { node, limit: MOST_FOLDED });
  if (deltas.length === 0) return false;
  const sum = new StatisticDelta();
  for (const { data } of deltas) sum.addEncoded(data);
  const hasRow = yield* namesOf(sum.sources());
  const rows = [...spread(sum.sources(), hasRow)].flatMap((row) =>
    placesOf(row).map(([span, number]) => ({
      key: { span, account_id: row.accountKey, kind: row.kind, number, name: row.name },
      counts: new Map(row.counts),
      times: new Map(row.times),
    })),
  );
  yield* add(node, sumsOf(rows));
  yield* run(DELETE_DELTAS, { node, ids: JSON.stringify(deltas.map(({ id }) => id)) });
  return deltas.length === MOST_FOLDED;
}

interface Sum {
  readonly key: Key;
  readonly counts: Map<number, number>;
  readonly times: DeliveryTimes;
}

/** Hours of one day add to one row. */
function sumsOf(rows: readonly Sum[]): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const sum = sums.get(textOf(row.key));
    if (sum === undefined) sums.set(textOf(row.key), row);
    else {
      addAll(sum.counts, row.counts);
      addAll(sum.times, row.times);
    }
  }
  return [...sums.values()];
}

function* add(node: number, sums: readonly Sum[]): Steps<void> {
  const timed = sums.filter(({ times }) => times.size > 0);
  const known =
    timed.length === 0 ? [] : yield* all(TIMES, { node, keys: JSON.stringify(timed.map(({ key }) => key)) });
  const before = new Map(known.map((row) => [textOf(row), row.times]));
  const rows = sums.map(({ key, counts, times }) => {
    if (times.size > 0) decodeTimes(before.get(textOf(key)) ?? null, times);
    const columns = COUNT_COLUMNS.map((column, index) => [column, counts.get(index) ?? 0] as const);
    const stored = times.size === 0 ? null : Buffer.from(encodeTimes(times)).toString('hex');
    const added: Readonly<Record<string, number>> = Object.fromEntries(columns);
    return { ...key, ...added, times: stored };
  });
  yield* run(ADD, { node, rows: JSON.stringify(rows) });
}

/** The names with rows of their own, of all that `tallies` count. */
function* namesOf(tallies: Iterable<SourceTally>): Steps<Parameters<typeof spread>[1]> {
  const lists = new Map<string, { group: StatisticGroup; list: readonly [number, number, number] }>();
  for (const { source, hour } of tallies)
    for (const group of Object.keys(GROUP_KINDS) as StatisticGroup[]) {
      const list = [source.accountKey, GROUP_KINDS[group], dayOfHour(hour)] as const;
      lists.set(list.join(' '), { group, list });
    }
  const asked = JSON.stringify([...lists.values()].map(({ list }) => list));
  const limit = Math.max(...Object.values(NAMES_A_DAY)) / 2;
  const taken = byList(yield* all(NAMES, { lists: asked }));
  const largest = byList(yield* all(LARGEST, { lists: asked, limit }));
  const names = new Map(
    [...lists].map(([key, { group }]) => {
      const places = NAMES_A_DAY[group];
      const kept = (largest.get(key) ?? []).slice(0, places / 2);
      return [key, new NamesOfDay(taken.get(key) ?? [], kept, places)] as const;
    }),
  );
  return (accountKey, group, hour, name) =>
    names.get(`${accountKey} ${GROUP_KINDS[group]} ${dayOfHour(hour)}`)?.take(name, () => undefined) ?? false;
}

function byList(
  rows: readonly { one: number; two: number; three: number; name: string | null }[],
): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>();
  for (const { one, two, three, name } of rows) {
    if (name === null) continue;
    const key = `${one} ${two} ${three}`;
    const names = lists.get(key);
    if (names === undefined) lists.set(key, [name]);
    else names.push(name);
  }
  return lists;
}

function textOf({ span, account_id: account, kind, number, name }: Key): string {
  return `${span} ${account} ${kind} ${number} ${name}`;
}
