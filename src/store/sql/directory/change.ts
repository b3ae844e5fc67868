/**
 * A change of the directory: it raises the directory's version, which caches of readers compare, and adds a line to the audit
 * log. The version is raised first: its row stays locked until the end of the transaction, so that changes of the directory
 * are serial on every engine, and each decides based on the one before.
 */
import type { AuditEntry } from '../../audit.ts';
import { statement, type NoValues } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';
import { accountConcerned, audit, type Concerned } from './audit.ts';

const RAISE = statement('UPDATE counter SET directory_version = directory_version + 1');
const VERSION = statement<NoValues, { version: number }>('SELECT directory_version AS version FROM counter');

/** Who changes what, and when. */
export interface ChangeOfDirectory<T> {
  readonly atMs: number;
  readonly actor: string;
  /** A command's name, such as `domain add`. */
  readonly action: string;
  readonly subject: AuditEntry['subject'] | ((result: T) => AuditEntry['subject']);
  /** `undefined`: that of the API key that acts. */
  readonly account?: Concerned | ((result: T) => Concerned);
}

export function* changeDirectory<T>(change: ChangeOfDirectory<T>, steps: Steps<T>): Steps<T> {
  const { atMs, actor, action, subject, account } = change;
  yield* raiseDirectoryVersion();
  // What it is about may be gone afterwards.
  const before = typeof account === 'function' ? undefined : yield* accountConcerned(account, actor);
  const result = yield* steps;
  const what = typeof subject === 'function' ? subject(result) : subject;
  yield* audit(atMs, actor, action, what, typeof account === 'function' ? account(result) : before);
  return result;
}

export function* raiseDirectoryVersion(): Steps<void> {
  yield* run(RAISE, {});
}

export function* directoryVersion(): Steps<number> {
  return (yield* one(VERSION, {}))?.version ?? 0;
}
