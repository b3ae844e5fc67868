/**
 * Lists of tables, such as `[[route]]`: each table's keys are taken one by one, each with its kind, and every fault has its
 * place: the path that key-lines.ts finds the line of (`route.1.host`), and the name that is shown (`route.office.host`).
 */
import { z } from 'zod';
import { nearestName } from '../nearest-name.ts';
import type { ValueKind } from '../value-kind.ts';

/** No more than an operator can keep in order; each message is matched with them. */
const MOST_TABLES = 500;
/** What stands for a secret in what is shown. */
const HIDDEN = '(secret)';

export type TableName = 'route' | 'source';

/** A fault of one table, for its issue of zod. */
interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly params: FaultParams;
}

interface FaultParams {
  /** As it is shown: `route.office.host`. */
  readonly key: string;
  readonly accepted: string | undefined;
}

/** What zod reports of a list of tables. */
export interface TableIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

export function faultOf({ message, params }: TableIssue): FaultParams & Pick<TableIssue, 'message'> {
  return { ...(params as unknown as FaultParams), message };
}

/** The keys of one table. What is wrong is gathered; the caller goes on with `undefined`. */
export class TableFields {
  readonly #list: TableName;
  readonly #position: number;
  readonly #table: Readonly<Record<string, unknown>>;
  readonly #faults: Fault[];

  constructor(list: TableName, position: number, table: Readonly<Record<string, unknown>>, faults: Fault[]) {
    this.#list = list;
    this.#position = position;
    this.#table = table;
    this.#faults = faults;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#table, key);
  }

  /** As TOML has it. */
  raw(key: string): unknown {
    return this.has(key) ? this.#table[key] : undefined;
  }

  /** `undefined`: it is not there, or wrong. */
  take<T>(key: string, kind: ValueKind<T>, secrecy: 'open' | 'secret' = 'open'): T | undefined {
    if (!this.has(key)) return undefined;
    const written = this.#table[key];
    const result = kind.schema.safeParse(written);
    if (result.success) return result.data;
    const subject = secrecy === 'secret' ? 'the secret' : JSON.stringify(written);
    const problem = result.error.issues[0]?.message ?? 'is wrong';
    this.refuse(key, withoutUserInfo(`${subject} ${problem}`), kind.accepted);
    return undefined;
  }

  /** As {@link take}, of a key that has to be there. */
  need<T>(key: string, kind: ValueKind<T>): T | undefined {
    if (!this.has(key)) this.refuse(key, 'is missing', kind.accepted);
    return this.take(key, kind);
  }

  refuse(key: string, message: string, accepted?: string): void {
    const path = [this.#position, ...key.split('.')];
    this.#faults.push({ path, message, params: { key: this.#shown(key), accepted } });
  }

  /** Keys that are not among `known`. */
  refuseOthers(known: readonly string[]): void {
    for (const key of Object.keys(this.#table)) {
      if (known.includes(key)) continue;
      const meant = nearestName(key, known);
      const remedy =
        meant === undefined ? `[[${this.#list}]] takes ${known.join(', ')}` : `did you mean ${meant}?`;
      this.refuse(key, `there is no such key; ${remedy}`);
    }
  }

  /** The table under `key`, whose faults are of this one. `undefined`: something else is there. */
  within(key: string): TableFields | undefined {
    const inner = this.raw(key);
    if (!isTable(inner)) return undefined;
    const prefixed = Object.entries(inner).map(([name, value]) => [`${key}.${name}`, value] as const);
    return new TableFields(
      this.#list,
      this.#position,
      { ...Object.fromEntries(prefixed), name: this.raw('name') },
      this.#faults,
    );
  }

  #shown(key: string): string {
    const name = this.raw('name');
    const table = typeof name === 'string' && name !== '' ? name : String(this.#position + 1);
    return `${this.#list}.${table}.${key}`;
  }
}

/** `[[list]]` tables, each read by `read`, which may return anything for a table that it refuses. Names are unique. */
export function tablesKind<T extends { readonly name: string }>(
  list: TableName,
  read: (fields: TableFields) => T,
): ValueKind<readonly T[]> {
  const howTo = `is a list of tables: write [[${list}]] on a line of its own and the keys of one below`;
  return {
    writtenAs: 'tables',
    accepted: `[[${list}]] tables; in the environment a list of them in JSON`,
    shown: (written) => (Array.isArray(written) ? written.map(withoutSecrets) : HIDDEN),
    schema: z.unknown().transform((written, context) => {
      const faults: Fault[] = [];
      const ofAll = (message: string) =>
        faults.push({ path: [], message, params: { key: list, accepted: undefined } });
      const items: T[] = [];
      if (!Array.isArray(written) || !written.every(isTable)) ofAll(howTo);
      else if (written.length > MOST_TABLES)
        ofAll(`has ${written.length} tables: at most ${MOST_TABLES} are possible`);
      else
        for (const [position, table] of written.entries()) {
          const fields = new TableFields(list, position, table, faults);
          const item = read(fields);
          // Names of environment variables, for one, do not tell these apart.
          if (item.name !== '' && items.some(({ name }) => foldedName(name) === foldedName(item.name)))
            fields.refuse(
              'name',
              `another [[${list}]] has this name, or one that differs only in case or marks`,
            );
          items.push(item);
        }
      for (const { path, message, params } of faults)
        context.addIssue({ code: 'custom', path: [...path], message, params: { ...params } });
      return items;
    }),
  };
}

/** `office-2` as `OFFICE_2`. */
export function foldedName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A login written into an address, where it does not belong, is a secret all the same. RFC 3986 §3.2.1. */
function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//***@');
}

function withoutSecrets(table: unknown): unknown {
  return isTable(table) && Object.hasOwn(table, 'password') ? { ...table, password: HIDDEN } : table;
}
