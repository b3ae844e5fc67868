/**
 * Runs the steps of shared roles (store/sql/steps.ts) on a connection, one statement after the other. Statements are compiled
 * to `$1`, `$2` once. A verb that changes something is one transaction, durable when it resolves.
 */
import { appendLine } from '../../sql/audit/append.ts';
import { withMarks, type AnyStatement } from '../../sql/statement.ts';
import type { AccountEvent, Step, Steps, StepsOf } from '../../sql/steps.ts';
import type { Database } from './database.ts';
import { POSTGRES } from './dialect.ts';
import type { Session } from './session.ts';

/** `names`: the value of each parameter. */
interface Compiled {
  readonly text: string;
  readonly names: readonly string[];
}

type StepVerbs = Readonly<Record<string, (...args: never[]) => Steps<unknown>>>;

/** Appends an event in the open transaction. */
export type AppendEvent = (session: Session, event: AccountEvent) => Promise<void>;

export class PostgresStepRunner {
  readonly #database: Database;
  readonly #append: AppendEvent;
  readonly #compiled = new Map<AnyStatement, Compiled>();

  constructor(database: Database, append: AppendEvent = refuseToAppend) {
    this.#database = database;
    this.#append = append;
  }

  /** The role in the form of the contract. */
  reads<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.#database.read((session) => this.run(session, begin())));
  }

  /** The same for verbs whose statements must see one state of the database. */
  snapshotReads<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.#database.snapshot((session) => this.run(session, begin())));
  }

  /** Each verb as one transaction. */
  writes<Role>(verbs: StepsOf<Role>): Role {
    return this.#role(verbs, (begin) => this.write(begin));
  }

  /** The steps of `begin` as one transaction; `begin` is called again when it is repeated. */
  write<T>(begin: () => Steps<T>): Promise<T> {
    return this.#database.transaction((session) => this.run(session, begin()));
  }

  /** In the transaction of `session`. */
  async run<T>(session: Session, steps: Steps<T>): Promise<T> {
    let next = steps.next();
    while (next.done !== true) next = steps.next(await this.#answer(session, next.value));
    return next.value;
  }

  /** Steps that do not depend on one another's results, sent without waiting; `done` when all are answered. */
  send<T>(session: Session, steps: Steps<T>): { readonly value: T; readonly done: Promise<unknown> } {
    const sent: Promise<unknown>[] = [];
    let next = steps.next();
    while (next.done !== true) {
      sent.push(this.#answer(session, next.value));
      next = steps.next(0);
    }
    return { value: next.value, done: allOf(sent) };
  }

  #role<Role>(verbs: StepsOf<Role>, drive: (begin: () => Steps<unknown>) => Promise<unknown>): Role {
    const driven = Object.entries(verbs as StepVerbs).map(([verb, steps]) => [
      verb,
      (...args: never[]) => drive(() => steps(...args)),
    ]);
    return Object.fromEntries(driven) as Role;
  }

  async #answer(session: Session, step: Step): Promise<unknown> {
    if (step.kind === 'event') {
      await this.#append(session, step.event);
      return undefined;
    }
    if (step.kind === 'audit') {
      session.beforeCommit(() => this.run(session, appendLine(step.entry)));
      return undefined;
    }
    const { text, names } = this.#compiled.get(step.statement) ?? this.#compile(step.statement);
    const { rows, rowCount } = await session.query(
      text,
      names.map((name) => step.values[name] ?? null),
    );
    switch (step.kind) {
      case 'one':
        return rows[0];
      case 'all':
        return rows;
      case 'run':
        return rowCount;
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

/** Rejects with the first failure, once none is in progress. */
async function allOf(sent: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(sent)) if (one.status === 'rejected') throw one.reason;
}

function refuseToAppend(): never {
  throw new Error('a reader keeps no events');
}
