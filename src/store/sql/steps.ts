/**
 * A verb of a shared role as its steps: a generator that yields statements with their values and receives the results. An
 * engine runs it, synchronously inside its transaction or asynchronously on its connection: the same code for both. A verb
 * that changes something is one transaction and may be run again when that is repeated, so it keeps no state outside.
 */
import type { AuditEntry } from '../audit.ts';
import type { AccountEventType } from '../../policy/delivery-state.ts';
import type { EventData } from '../message-records.ts';
import type { AnyStatement, Statement, Values } from './statement.ts';

/** An event about an account, one stream of it, a message that it could not send, or a recipient of one that is not kept any more. */
export interface AccountEvent {
  readonly type: AccountEventType | 'unsubscribed';
  readonly atMs: number;
  readonly about: {
    readonly accountKey: number;
    readonly stream: string | undefined;
    /** Public id. */
    readonly messageId?: string;
    readonly recipient?: string;
  };
  readonly data: EventData;
}

/**
 * `one`: the first row; `all`: the rows; `run`: the number of rows changed; `event`: appended by the engine; `audit`: a line
 * that the engine adds to the chain as the last thing before the commit.
 */
export type Step =
  | { readonly kind: 'one' | 'all' | 'run'; readonly statement: AnyStatement; readonly values: Values }
  | { readonly kind: 'event'; readonly event: AccountEvent }
  | { readonly kind: 'audit'; readonly entry: AuditEntry };

export type Steps<T> = Generator<Step, T, unknown>;

/** The verbs of a role, as steps. */
export type StepsOf<Role> = {
  readonly [Verb in keyof Role]: Role[Verb] extends (...args: infer Args) => Promise<infer Value>
    ? (...args: Args) => Steps<Value>
    : never;
};

/** An engine's runner: makes a role of steps one in the form of the contract. */
export interface ReadRunner {
  reads<Role>(verbs: StepsOf<Role>): Role;
  /** The statements of a verb see one state of the database. */
  snapshotReads<Role>(verbs: StepsOf<Role>): Role;
}

export interface WriteRunner {
  /** Each verb as one transaction. */
  writes<Role>(verbs: StepsOf<Role>): Role;
  /**
   * The steps of `begin` as one transaction, durable when it resolves. `sizeBytes`: data that an outsider makes the store
   * keep, refused while space is short; `undefined`: no outsider's.
   */
  write<T>(begin: () => Steps<T>, sizeBytes?: number): Promise<T>;
  /** Between two chunks of a long change, for other work. */
  pause(): Promise<void>;
}

/** The first row; `undefined`: there is none. */
export function* one<V extends Values, R>(statement: Statement<V, R>, values: V): Steps<R | undefined> {
  return (yield { kind: 'one', statement, values }) as R | undefined;
}

export function* all<V extends Values, R>(statement: Statement<V, R>, values: V): Steps<readonly R[]> {
  return (yield { kind: 'all', statement, values }) as readonly R[];
}

/** The number of rows that it changed. */
export function* run<V extends Values>(statement: Statement<V>, values: V): Steps<number> {
  return (yield { kind: 'run', statement, values }) as number;
}

export function* appendEvent(event: AccountEvent): Steps<void> {
  yield { kind: 'event', event };
}

/** Called by directory/audit.ts alone. */
export function* auditLine(entry: AuditEntry): Steps<void> {
  yield { kind: 'audit', entry };
}
