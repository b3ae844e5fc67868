/**
 * Drives the steps of shared roles (store/sql/steps.ts) on connections of a pool, one statement after the other. Statements
 * are compiled to `$1`, `$2` once. A verb that changes something is one transaction, durable when it resolves.
 *
 * Keys, times and counts are integers below 2^53 in every engine: int8, and the numeric that a sum of int8 is, come back as
 * numbers.
 */
import type { Pool, PoolClient } from 'pg';
import pg from 'pg';
import { withMarks, type AnyStatement } from '../sql/statement.ts';
import type { AccountEvent, Step, Steps, StepsOf } from '../sql/steps.ts';
import { POSTGRES } from './dialect.ts';
import { storeError } from './postgres-error.ts';

const { builtins, getTypeParser } = pg.types;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === builtins.INT8 || oid === builtins.NUMERIC
      ? Number
      : (getTypeParser(oid, format) as (value: string) => unknown),
};

const READ_COMMITTED = 'BEGIN ISOLATION LEVEL READ COMMITTED';
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** `names`: the value of each mark. */
interface Compiled {
  readonly text: string;
  readonly names: readonly string[];
}

type StepVerbs = Readonly<Record<string, (...args: never[]) => Steps<unknown>>>;

/** Keeps an event in the transaction that is open. */
export type AppendEvent = (client: PoolClient, event: AccountEvent) => Promise<void>;

/** What the steps or a constraint refused says nothing against the connection. */
function isRefusal(error: unknown): boolean {
  return ['conflict', 'not-found'].includes(storeError(error).code);
}

export class PostgresStepRunner {
  readonly #pool: Pool;
  readonly #append: AppendEvent;
  readonly #compiled = new Map<AnyStatement, Compiled>();

  constructor(pool: Pool, append: AppendEvent) {
    this.#pool = pool;
    this.#append = append;
  }

  /** The role as the contract has it. */
  reads<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.#connected((client) => this.#run(client, begin())));
  }

  /** The same for verbs of several statements that have to see one state of the database. */
  snapshotReads<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.#transaction(SNAPSHOT, begin));
  }

  /** Each verb as one transaction. */
  writes<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.write(begin));
  }

  /** The steps that `begin` makes, as one transaction. */
  write<T>(begin: () => Steps<T>): Promise<T> {
    return this.#transaction(READ_COMMITTED, begin);
  }

  #role<Role>(verbs: StepsOf<Role>, drive: (begin: () => Steps<unknown>) => Promise<unknown>): Role {
    const driven = Object.entries(verbs as StepVerbs).map(([verb, steps]) => [
      verb,
      (...args: never[]) => drive(() => steps(...args)),
    ]);
    return Object.fromEntries(driven) as Role;
  }

  #transaction<T>(begin: string, steps: () => Steps<T>): Promise<T> {
    return this.#connected(async (client) => {
      await client.query(begin);
      try {
        const value = await this.#run(client, steps());
        await client.query('COMMIT');
        return value;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    });
  }

  async #connected<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    let failure: unknown;
    try {
      client = await this.#pool.connect();
      return await use(client);
    } catch (error) {
      failure = error;
      throw storeError(error);
    } finally {
      client?.release(failure !== undefined && !isRefusal(failure));
    }
  }

  async #run<T>(client: PoolClient, steps: Steps<T>): Promise<T> {
    let next = steps.next();
    while (next.done !== true) next = steps.next(await this.#answer(client, next.value));
    return next.value;
  }

  async #answer(client: PoolClient, step: Step): Promise<unknown> {
    if (step.kind === 'event') {
      await this.#append(client, step.event);
      return undefined;
    }
    const { text, names } = this.#compiled.get(step.statement) ?? this.#compile(step.statement);
    const values = names.map((name) => step.values[name] ?? null);
    const { rows, rowCount } = await client.query<pg.QueryResultRow>({ text, values, types: TYPES });
    switch (step.kind) {
      case 'one':
        return rows[0];
      case 'all':
        return rows;
      case 'run':
        return rowCount ?? 0;
    }
  }

  #compile(statement: AnyStatement): Compiled {
    const names: string[] = [];
    const text = withMarks(statement.textFor(POSTGRES), (name) => {
      if (!names.includes(name)) names.push(name);
      return `$${names.indexOf(name) + 1}`;
    });
    const compiled = { text, names };
    this.#compiled.set(statement, compiled);
    return compiled;
  }
}
