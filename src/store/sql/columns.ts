/** Rows of the hot path: column and value stand side by side. */
import type { Value } from './statement.ts';

/** By column, the value that a row of it gets. */
export type Columns<T> = Readonly<Record<string, (of: T) => Value>>;
