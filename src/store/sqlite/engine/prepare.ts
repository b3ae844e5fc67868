/**
 * Prepares statements. All of them are prepared once and run many times, so they must also be planned once. SQLite built with
 * STAT4, as ours is, plans a statement again whenever a parameter is bound that could influence the plan (one compared with
 * an indexed column, or a LIMIT): 6 to 40 µs a call. A unary plus prevents that and changes nothing else.
 */
import type { Database, RunResult, Statement } from 'better-sqlite3';
import { assert } from '../../../platform/assert.ts';
import type { Columns } from '../../sql/columns.ts';
import { withMarks, type Value, type Values } from '../../sql/statement.ts';

/** `sql` with a `?` or an `@name` for each parameter, and no other question mark or at sign in it. */
export function prepare<P extends unknown[] = unknown[], R = unknown>(
  db: Database,
  sql: string,
): Statement<P, R> {
  return db.prepare<P, R>(plannedOnce(sql));
}

/** The same for one column: rows are its bare values. */
export function pluck<P extends unknown[], R>(db: Database, sql: string): Statement<P, R> {
  return db.prepare<P, R>(plannedOnce(sql)).pluck();
}

/** Of an exact sum of powers of two. */
const MOST_BITS = 53;

function plannedOnce(sql: string): string {
  return sql.replace(/[?@]/g, '+$&');
}

/**
 * A statement with a `:name` for each parameter, for those that bind more than three values. Compiled to question marks: the
 * driver's named parameters cost up to three times as much.
 */
export class NamedStatement<V extends Values, R = unknown> {
  readonly #prepared: Statement<unknown[], R>;
  /** The name for each question mark. */
  readonly #names: readonly string[];

  constructor(db: Database, text: string) {
    const names: string[] = [];
    const marked = withMarks(text, (name) => {
      names.push(name);
      return '?';
    });
    this.#prepared = prepare<unknown[], R>(db, marked);
    this.#names = names;
  }

  get(values: V): R | undefined {
    return this.#prepared.get(...this.#valuesOf(values));
  }

  all(values: V): R[] {
    return this.#prepared.all(...this.#valuesOf(values));
  }

  run(values: V): RunResult {
    return this.#prepared.run(...this.#valuesOf(values));
  }

  #valuesOf(values: Values): unknown[] {
    const bound: unknown[] = [];
    for (const name of this.#names) bound.push(values[name] ?? null);
    return bound;
  }
}

/** Different sets of columns that a table's rows usually have; beyond it all columns are written. */
const MOST_SHAPES = 16;

/**
 * INSERT of the hot path: each column next to its value, at the cost of question marks. A column without a value, which then is
 * NULL, is not written: the driver spends longest on binding a NULL, and of most rows a third would be.
 */
export class InsertStatement<T> {
  readonly #db: Database;
  readonly #table: string;
  readonly #names: readonly string[];
  readonly #values: readonly ((of: T) => Value)[];
  /** By the sum of the bits of the columns that have a value. */
  readonly #shapes = new Map<number, Statement>();
  /** For rows of yet another shape. */
  readonly #whole: Statement;

  constructor(db: Database, table: string, columns: Columns<T>) {
    this.#db = db;
    this.#table = table;
    this.#names = Object.keys(columns);
    this.#values = Object.values(columns);
    assert(this.#names.length < MOST_BITS, 'the bits of all columns fit into a number');
    this.#whole = this.#prepare(this.#names);
  }

  run(of: T): void {
    const given: unknown[] = [];
    let shape = 0;
    let bit = 1;
    for (const value of this.#values) {
      const one = value(of) ?? null;
      if (one !== null) {
        given.push(one);
        shape += bit;
      }
      bit *= 2;
    }
    const statement = this.#shapes.get(shape) ?? this.#prepareShape(shape);
    if (statement === undefined) this.#whole.run(...this.#values.map((value) => value(of) ?? null));
    else statement.run(...given);
  }

  #prepareShape(shape: number): Statement | undefined {
    if (this.#shapes.size >= MOST_SHAPES) return undefined;
    const statement = this.#prepare(
      this.#names.filter((_, index) => Math.floor(shape / 2 ** index) % 2 === 1),
    );
    this.#shapes.set(shape, statement);
    return statement;
  }

  #prepare(names: readonly string[]): Statement {
    const marks = names.map(() => '?').join(', ');
    return prepare(this.#db, `INSERT INTO ${this.#table} (${names.join(', ')}) VALUES (${marks})`);
  }
}
