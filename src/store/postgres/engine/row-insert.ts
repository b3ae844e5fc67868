/** Inserts rows of one table by one statement with an array for each column, whatever the number of rows. */
import type { Columns } from '../../sql/columns.ts';
import { binaryArray, type ColumnType } from './binary-array.ts';

/** A statement with its values. */
export interface Bound {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** `types`: of the columns that are not text. `after`: the rest of the statement, such as ON CONFLICT. */
export class RowInsert<T> {
  readonly #text: string;
  readonly #columns: readonly (readonly [ColumnType, Columns<T>[string]])[];

  constructor(table: string, columns: Columns<T>, types: Readonly<Record<string, ColumnType>>, after = '') {
    const names = Object.keys(columns);
    this.#columns = Object.entries(columns).map(([name, value]) => [types[name] ?? 'text', value] as const);
    const arrays = this.#columns.map(([type], index) => `$${index + 1}::${type}[]`).join(', ');
    this.#text = `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays}) ${after}`;
  }

  of(rows: readonly T[]): Bound {
    const values = this.#columns.map(([type, value]) => binaryArray(type, rows.map(value)));
    return { text: this.#text, values };
  }
}

/** Each of `names` as a column of integers. */
export function bigints(...names: readonly string[]): Record<string, ColumnType> {
  return Object.fromEntries(names.map((name) => [name, 'bigint' as const]));
}
