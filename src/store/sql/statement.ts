/**
 * Statements that run on every engine, written once: text with named parameters (`:name`), and the types of parameters and
 * rows. An engine compiles the text once to the parameter syntax of its driver.
 *
 * The text uses only what SQLite and PostgreSQL have in common: ON CONFLICT instead of OR REPLACE and OR IGNORE, with the
 * table's name before its own columns; the key of a new row looked up by its public id (RETURNING makes SQLite look for
 * orphans in every table that refers to the row's); 0 and 1 for truth; every selected column grouped or summed; times and
 * keys as integers. Everything else is a fragment of the dialect.
 */
import type { Dialect } from './dialect.ts';

/** `undefined` is bound as NULL. */
export type Value = string | number | Uint8Array | null | undefined;
export type Values = Readonly<Record<string, Value>>;
export type NoValues = Readonly<Record<string, never>>;

/** `V`: parameters by name. `R`: a row of the result. */
export interface Statement<V extends Values = Values, R = unknown> {
  readonly textFor: (dialect: Dialect) => string;
  /** For the compiler only: there is never a value. */
  readonly types?: { readonly values: (values: V) => void; readonly row: R };
}

/** A statement with any parameters. */
export type AnyStatement = Pick<Statement, 'textFor'>;

const all: AnyStatement[] = [];

/** Every statement of the loaded modules, for tests that compile all of them. */
export const STATEMENTS: readonly AnyStatement[] = all;

/** `text` has the parameters of `V`. */
export function statement<V extends Values = NoValues, R = unknown>(
  text: string | ((dialect: Dialect) => string),
): Statement<V, R> {
  const made = { textFor: typeof text === 'string' ? () => text : text };
  all.push(made);
  return made;
}

/** A quoted part, or a parameter. */
const TOKEN = /'[^']*'|:([a-z]\w*)/gi;

/** `text` with each parameter replaced by the result of `mark`. */
export function withMarks(text: string, mark: (name: string) => string): string {
  return text.replace(TOKEN, (token, name?: string) => (name === undefined ? token : mark(name)));
}
