/** Rows of the hot path: each column next to its value. */
import type { Value } from './statement.ts';

/** By column, the value for a row. */
export type Columns<T> = Readonly<Record<string, (of: T) => Value>>;
