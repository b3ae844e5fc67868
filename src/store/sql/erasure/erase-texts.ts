/**
 * Rooms of rows whose texts may mention the address: the texts are replaced, or the whole row goes. Rows are walked in the order of
 * their key, so a step costs the same however many mention it.
 */
import type { ErasedKind } from '../../erasure.ts';
import { statement, type Statement, type Value, type Values } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { erasedJson, erasedValue, type Form } from './erased-values.ts';
import {
  mayMention,
  mayMentionValue,
  type ErasedParty,
  type Place,
  type Room,
  type RoomStep,
} from './room.ts';

export interface TextTable {
  readonly table: string;
  /** Columns of the primary key. */
  readonly key: readonly string[];
  /** Of the key's columns: those that are texts. */
  readonly textKey?: readonly string[];
  readonly columns: Readonly<Record<string, Form>>;
  /** A condition with `:account` and `:accountId`; `undefined`: rows are of no account. */
  readonly scope?: string;
  /** `undefined`: what is found is not counted. */
  readonly counts?: ErasedKind;
  /** The row goes instead. Octets that are searched as well. */
  readonly removes?: { readonly octets: readonly string[] };
  /** Keys of the object in each JSON column that go when it mentions the address. */
  readonly without?: readonly string[];
  /** Rows that a step looks at. */
  readonly rows?: number;
}

type Row = Readonly<Record<string, Value>>;

const ROWS_A_STEP = 1_000;
/** Before every key of ours. */
const FIRST_NUMBER = Number.MIN_SAFE_INTEGER;

export function textRoom(of: TextTable): Room {
  const statements = statementsOf(of);
  return {
    name: of.table,
    *step(party, after) {
      const values = { ...keyValues('k', after ?? startOf(of)), ...partyValues(party) };
      const end = yield* one(statements.end, values);
      const rows = end
        ? yield* all(statements.upTo, { ...values, ...keyValues('e', placeOf(of, end)) })
        : yield* all(statements.rest, values);
      let erased = 0;
      for (const row of rows) erased += yield* eraseRow(of, statements, row, party);
      return {
        after: end && placeOf(of, end),
        counts: of.counts === undefined ? {} : { [of.counts]: erased },
      } satisfies RoomStep;
    },
  };
}

function* eraseRow(
  of: TextTable,
  { update, remove }: ReturnType<typeof statementsOf>,
  row: Row,
  party: ErasedParty,
): Steps<number> {
  const { columns, removes, without } = of;
  const { pseudonym } = party;
  const mentions = party.mentions.besides(addressesIn(row, columns));
  const changed: Record<string, Value> = {};
  let found = false;
  for (const [column, form] of Object.entries(columns)) {
    const value = (row[column] ?? null) as string | null;
    const erased =
      form === 'json' && value !== null
        ? erasedJson(value, mentions, pseudonym, without)
        : erasedValue(value, form, mentions, pseudonym);
    found ||= erased !== undefined;
    changed[column] = erased ?? value;
  }
  const key = keyValues('k', placeOf(of, row));
  if (removes !== undefined) {
    const isIn = removes.octets.some((column) => {
      const octets = row[column];
      return octets instanceof Uint8Array && mentions.isInOctets(octets);
    });
    return found || isIn ? yield* run(remove, key) : 0;
  }
  return found ? yield* run(update, { ...changed, ...key }) : 0;
}

/** Whom the row is about: its texts may name them. */
function addressesIn(row: Row, columns: TextTable['columns']): readonly string[] {
  return Object.entries(columns).flatMap(([column, form]) => {
    const value = row[column];
    return form === 'address' && typeof value === 'string' ? [value] : [];
  });
}

function statementsOf({ table, key, columns, scope, removes, rows = ROWS_A_STEP }: TextTable): {
  readonly end: Statement<Values, Row>;
  readonly upTo: Statement<Values, Row>;
  readonly rest: Statement<Values, Row>;
  readonly update: Statement;
  readonly remove: Statement;
} {
  const keys = key.join(', ');
  const marks = (prefix: string) => `(${key.map((_, index) => `:${prefix}${index}`).join(', ')})`;
  const names = Object.keys(columns);
  const octets = removes?.octets ?? [];
  const after = `(${keys}) > ${marks('k')}`;
  const found = (upTo: string) =>
    statement<Values, Row>((dialect) => {
      // Octets are looked at in each row: there are few.
      const mention =
        octets.length > 0 ? '' : ` AND (${names.map((name) => mayMention(name, dialect)).join(' OR ')})`;
      return `SELECT ${[...new Set([...key, ...names, ...octets])].join(', ')} FROM ${table}
        WHERE ${after}${upTo}${scope === undefined ? '' : ` AND ${scope}`}${mention}`;
    });
  const itself = key.map((name, index) => `${name} = :k${index}`).join(' AND ');
  return {
    end: statement<Values, Row>(
      `SELECT ${keys} FROM ${table} WHERE ${after} ORDER BY ${keys} LIMIT 1 OFFSET ${rows - 1}`,
    ),
    upTo: found(` AND (${keys}) <= ${marks('e')}`),
    rest: found(''),
    update: statement<Values>(
      `UPDATE ${table} SET ${names.map((name) => `${name} = :${name}`).join(', ')} WHERE ${itself}`,
    ),
    remove: statement<Values>(`DELETE FROM ${table} WHERE ${itself}`),
  };
}

function partyValues({ account, accountId, mentions }: ErasedParty): Values {
  return { account, accountId, needle: mayMentionValue(mentions) };
}

function startOf({ key, textKey = [] }: TextTable): Place {
  return key.map((name) => (textKey.includes(name) ? '' : FIRST_NUMBER));
}

function placeOf({ key }: TextTable, row: Row): Place {
  return key.map((name) => row[name] as string | number);
}

function keyValues(prefix: string, place: Place): Record<string, Value> {
  return Object.fromEntries(place.map((value, index) => [`${prefix}${index}`, value]));
}
