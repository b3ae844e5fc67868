/** Rows of the hot path are written with the columns that have a value. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InsertStatement } from '../../../src/store/sqlite/engine/prepare.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'] as const;
type Row = { readonly id: number } & Partial<Record<(typeof NAMES)[number], number | null>>;

let db: Database.Database;
let prepared: string[];
let insert: InsertStatement<Row>;

beforeEach(() => {
  db = new Database(':memory:');
  db.exec(`CREATE TABLE row (id INTEGER PRIMARY KEY, ${NAMES.map((name) => `${name} INTEGER`).join(', ')})`);
  prepared = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql: string) => {
    prepared.push(sql);
    return prepare(sql);
  };
  insert = new InsertStatement<Row>(db, 'row', {
    id: ({ id }) => id,
    ...Object.fromEntries(NAMES.map((name) => [name, (row: Row) => row[name]])),
  });
});
afterEach(() => {
  db.close();
});

const rowOf = (id: number): Row => ({
  id,
  ...Object.fromEntries(NAMES.map((name, at) => [name, Math.floor(id / 2 ** at) % 2 === 1 ? id : null])),
});

test('rows of every shape are stored as they are, in any order', () => {
  const ids = [...Array(64).keys()];
  for (const id of ids) insert.run(rowOf(id));
  for (const id of ids) insert.run({ ...rowOf(id), id: id + 64 });
  const rows = db.prepare('SELECT * FROM row ORDER BY id').all();
  expect(rows).toEqual([...ids.map(rowOf), ...ids.map((id) => ({ ...rowOf(id), id: id + 64 }))]);
});

test('a shape that was seen is not prepared again, and no more than a few are', () => {
  const before = prepared.length;
  for (let id = 0; id < 10; id++) insert.run({ id, two: 2 });
  expect(prepared.length).toBe(before + 1);
  expect(prepared.at(-1)).toContain('(id, two)');
  for (let id = 64; id < 192; id++) insert.run({ ...rowOf(id % 64), id });
  expect(prepared.length).toBeLessThan(before + 20);
});

test('zero is a value', () => {
  insert.run({ id: 1, one: 0 });
  expect(db.prepare('SELECT one FROM row').pluck().get()).toBe(0);
});
