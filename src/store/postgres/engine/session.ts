/**
 * A connection in use: statements with values, named where the server accepts names. A statement's name is derived from its
 * text: behind a pooler that shares connections another process may have defined the name, and it must mean the same there.
 *
 * Keys, times and counts are integers below 2^53 in every engine: int8, and numeric as the type of a sum of int8, are
 * returned as numbers.
 */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import pg from 'pg';
import { assert } from '../../../platform/assert.ts';
import { storableText } from './storable-text.ts';

const { builtins, getTypeParser } = pg.types;

export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === builtins.INT8 || oid === builtins.NUMERIC
      ? Number
      : (getTypeParser(oid, format) as (value: string) => unknown),
};

/** Whether statements are named; shared by all connections of a pool. */
export interface Naming {
  named: boolean;
}

export interface Answer<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  /** `COMMIT`, or `ROLLBACK` when the transaction had failed. */
  readonly command: string;
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `p${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    names.set(text, name);
  }
  return name;
}

export class Session {
  readonly #client: PoolClient;
  readonly #naming: Naming;
  #last: (() => Promise<void>)[] | undefined;

  constructor(client: PoolClient, naming: Naming) {
    this.#client = client;
    this.#naming = naming;
  }

  /** Does not wait for earlier queries; answers come in order. `text` is one of a bounded number. */
  async query<Row = unknown>(text: string, values: readonly unknown[] = []): Promise<Answer<Row>> {
    const { rows, rowCount, command } = await this.#client.query<pg.QueryResultRow>({
      text,
      values: values.map((value) => (typeof value === 'string' ? storableText(value) : value)),
      types: TYPES,
      ...(this.#naming.named && { name: nameOf(text) }),
    });
    return { rows: rows as Row[], rowCount: rowCount ?? 0, command };
  }

  /** Queries of `ask` are sent with one system call instead of one each. */
  together<T>(ask: () => T): T {
    const { stream } = this.#client.connection;
    stream.cork();
    try {
      return ask();
    } finally {
      stream.uncork();
    }
  }

  /** From now on there is a transaction whose owner calls {@link finish}. */
  open(): void {
    this.#last = [];
  }

  /** For what takes a lock that everybody wants: done last, and held for the commit alone. */
  beforeCommit(work: () => Promise<void>): void {
    assert(this.#last !== undefined, 'the transaction does not finish what is put off');
    this.#last.push(work);
  }

  get putsOff(): boolean {
    return this.#last !== undefined && this.#last.length > 0;
  }

  /** Does what was put off, in order. */
  async finish(): Promise<void> {
    for (const work of this.#last ?? []) await work();
  }

  /** Several statements without values at once, by the simple protocol. */
  async command(text: string): Promise<string> {
    const result = await this.#client.query(text);
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result).command;
  }
}
