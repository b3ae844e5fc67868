/**
 * Runs the steps of shared roles (store/sql/steps.ts) on a connection, synchronously: inside the open transaction, or each
 * statement by itself. A statement is compiled and prepared at its first use, and kept.
 */
import type { Database } from 'better-sqlite3';
import { appendLine } from '../../sql/audit/append.ts';
import type { AnyStatement, Values } from '../../sql/statement.ts';
import type { AccountEvent, Step, Steps, StepsOf } from '../../sql/steps.ts';
import { addFunctions, SQLITE } from './dialect.ts';
import type { GroupCommit } from './group-commit.ts';
import { NamedStatement } from './prepare.ts';
import { reads, type Direct } from './reads.ts';

type StepVerbs = Readonly<Record<string, (...args: never[]) => Steps<unknown>>>;

export class StepRunner {
  readonly #db: Database;
  readonly #append: (event: AccountEvent) => void;
  readonly #compiled = new Map<AnyStatement, NamedStatement<Values>>();

  /** `append`: appends an event in the open transaction. Readers need none. */
  constructor(db: Database, append: (event: AccountEvent) => void = refuseToAppend) {
    this.#db = db;
    this.#append = append;
    addFunctions(db);
  }

  run<T>(steps: Steps<T>): T {
    let next = steps.next();
    while (next.done !== true) next = steps.next(this.#answer(next.value));
    return next.value;
  }

  /** The role in the form of the contract. */
  reads<Role>(verbs: StepsOf<Role>): Role {
    const direct = Object.entries(verbs as StepVerbs).map(([verb, steps]) => [
      verb,
      (...args: never[]) => this.run(steps(...args)),
    ]);
    return reads(Object.fromEntries(direct) as Direct<Role>);
  }

  /** The same for verbs whose statements must see one state of the database. */
  snapshotReads<Role>(verbs: StepsOf<Role>): Role {
    const direct = Object.entries(verbs as StepVerbs).map(([verb, steps]) => [
      verb,
      (...args: never[]) => this.#db.transaction(() => this.run(steps(...args)))(),
    ]);
    return reads(Object.fromEntries(direct) as Direct<Role>);
  }

  /** Each verb as one operation of the group commit. */
  writes<Role>(commits: GroupCommit, verbs: StepsOf<Role>): Role {
    const submitted = Object.entries(verbs as StepVerbs).map(([verb, steps]) => [
      verb,
      (...args: never[]) => this.write(commits, () => steps(...args)),
    ]);
    return Object.fromEntries(submitted) as Role;
  }

  /**
   * The steps of `begin` as one operation of the group commit; `begin` is called again when it is repeated. `sizeBytes`: data
   * that an outsider makes the store keep, refused first when space is short; `undefined`: no outsider's.
   */
  write<T>(commits: GroupCommit, begin: () => Steps<T>, sizeBytes?: number): Promise<T> {
    const run = () => this.run(begin());
    return commits.submit({ grows: sizeBytes !== undefined, sizeBytes: sizeBytes ?? 0, run });
  }

  #answer(step: Step): unknown {
    if (step.kind === 'event') {
      this.#append(step.event);
      return undefined;
    }
    if (step.kind === 'audit') {
      // There is one writer at a time: the head is nobody else's until the commit.
      this.run(appendLine(step.entry));
      return undefined;
    }
    const compiled = this.#compiled.get(step.statement) ?? this.#compile(step.statement);
    switch (step.kind) {
      case 'one':
        return compiled.get(step.values);
      case 'all':
        return compiled.all(step.values);
      case 'run':
        return compiled.run(step.values).changes;
    }
  }

  #compile(statement: AnyStatement): NamedStatement<Values> {
    const compiled = new NamedStatement<Values>(this.#db, statement.textFor(SQLITE));
    this.#compiled.set(statement, compiled);
    return compiled;
  }
}

function refuseToAppend(): never {
  throw new Error('a reader keeps no events');
}
