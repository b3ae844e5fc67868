/**
 * Statements that every engine runs, written once: text with named parameters (`:name`), and types for what is bound and
 * what a row is. An engine compiles the text once, to the marks of its driver.
 *
 * The text keeps to what SQLite and PostgreSQL understand alike: ON CONFLICT instead of OR REPLACE and OR IGNORE, with the
 * table's name before its own columns; the key of a new row looked up by its public id (RETURNING makes SQLite look for
 * orphans in every table that refers to the row's); 0 and 1 for truth; every selected column grouped or summed; times and
 * keys as integers. What cannot be said alike is a fragment of the dialect.
 */
import type { Dialect } from './dialect.ts';

/** `undefined` is bound as NULL. */
export type Value = string | number | Uint8Array | null | undefined;
export type Values = Readonly<Record<string, Value>>;
export type NoValues = Readonly<Record<string, never>>;

/** `V`: what is bound, by name. `R`: a row that comes back. */
export interface Statement<V extends Values = Values, R = unknown> {
  readonly textFor: (dialect: Dialect) => string;
  /** For the compiler alone: no value is ever there. */
  readonly types?: { readonly values: (values: V) => void; readonly row: R };
}

/** A statement whatever it binds. */
export type AnyStatement = Pick<Statement, 'textFor'>;

const all: AnyStatement[] = [];

/** Every statement of the modules that were loaded, for tests that compile them all. */
export const STATEMENTS: readonly AnyStatement[] = all;

/** `text` names its parameters as `V` does. */
export function statement<V extends Values = NoValues, R = unknown>(
  text: string | ((dialect: Dialect) => string),
): Statement<V, R> {
  const made = { textFor: typeof text === 'string' ? () => text : text };
  all.push(made);
  return made;
}

/** What stands between quotes, or a parameter. */
const TOKEN = /'[^']*'|:([a-z]\w*)/gi;

/** `text` with the result of `mark` for each parameter. */
export function withMarks(text: string, mark: (name: string) => string): string {
  return text.replace(TOKEN, (token, name?: string) => (name === undefined ? token : mark(name)));
}
