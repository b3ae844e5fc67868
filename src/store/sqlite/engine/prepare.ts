/**
 * Prepares statements. All of them are prepared once and run many times, so they must also be planned once. SQLite built with
 * STAT4, as ours is, plans a statement again whenever a parameter is bound that could influence the plan (one compared with
 * an indexed column, or a LIMIT): 6 to 40 µs a call. A unary plus prevents that and changes nothing else.
 */
import type { Database, RunResult, Statement } from 'better-sqlite3';
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

/** INSERT of the hot path: each column next to its value, at the cost of question marks. */
export class InsertStatement<T> {
  readonly #prepared: Statement;
  readonly #values: readonly ((of: T) => Value)[];

  constructor(db: Database, table: string, columns: Columns<T>) {
    const names = Object.keys(columns);
    const marks = names.map(() => '?').join(', ');
    this.#prepared = prepare(db, `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`);
    this.#values = Object.values(columns);
  }

  run(of: T): void {
    const bound: unknown[] = [];
    for (const value of this.#values) bound.push(value(of) ?? null);
    this.#prepared.run(...bound);
  }
}
