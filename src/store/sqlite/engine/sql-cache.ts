/** Statements by their text: filters make a handful of different texts, and each is prepared once. */
import type { Database, Statement } from 'better-sqlite3';
import { prepare } from './prepare.ts';

export class SqlCache {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  prepare<R>(text: string): Statement<unknown[], R> {
    const known = this.#statements.get(text) ?? prepare(this.#db, text);
    this.#statements.set(text, known);
    return known as Statement<unknown[], R>;
  }
}

/** Conditions and their values, in order. */
export interface Where {
  readonly sql: string[];
  readonly values: (string | number)[];
}

/** Adds `condition`, with one `?` in it, unless there is no value for it. */
export function addCondition(where: Where, condition: string, value: string | number | undefined): void {
  if (value === undefined) return;
  where.sql.push(condition);
  where.values.push(value);
}

export function whereSql({ sql }: Where): string {
  return sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`;
}
