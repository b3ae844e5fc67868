/** Statements whose conditions depend on a filter: a small number of texts, each made once. */
import type { Dialect } from './dialect.ts';
import { statement, type Statement, type Values } from './statement.ts';

type Condition = string | ((dialect: Dialect) => string);

/** By name. */
export type Conditions = Readonly<Record<string, Condition>>;

/** The statement with the named conditions, all of which must hold. Values that it does not name are not bound. */
export type Filtered<R> = (names: readonly string[]) => Statement<Values, R>;

/** `text`: the whole statement around the conditions, of which there is at least one. */
export function filtered<R>(
  conditions: Conditions | ((name: string, dialect: Dialect) => string),
  text: (where: string, dialect: Dialect) => string,
): Filtered<R> {
  const made = new Map<string, Statement<Values, R>>();
  return (names) => {
    const key = names.join(' ');
    let found = made.get(key);
    if (found === undefined) {
      found = statement<Values, R>((dialect) => {
        const parts = names.map((name) =>
          typeof conditions === 'function'
            ? conditions(name, dialect)
            : textOf(conditions[name] ?? '', dialect),
        );
        return text(parts.join(' AND '), dialect);
      });
      made.set(key, found);
    }
    return found;
  };
}

export function textOf(condition: Condition, dialect: Dialect): string {
  return typeof condition === 'string' ? condition : condition(dialect);
}

/** The names that have a value. */
export function given(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}
