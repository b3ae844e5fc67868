/**
 * A change of the directory: it raises the directory's version, which caches of readers compare, and adds a line to the audit
 * log. The version is raised first: its row stays locked until the end of the transaction, so that changes of the directory
 * are serial on every engine, and each decides based on the one before.
 */
import { statement, type NoValues } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';
import { audit } from './audit.ts';

const RAISE = statement('UPDATE counter SET directory_version = directory_version + 1');
const VERSION = statement<NoValues, { version: number }>('SELECT directory_version AS version FROM counter');

/** Who changes what, and when. */
export interface ChangeOfDirectory<T> {
  readonly atMs: number;
  readonly actor: string;
  /** A command's name, such as `domain add`. */
  readonly action: string;
  readonly subject: string | ((result: T) => string);
}

export function* changeDirectory<T>(change: ChangeOfDirectory<T>, steps: Steps<T>): Steps<T> {
  const { atMs, actor, action, subject } = change;
  yield* raiseDirectoryVersion();
  const result = yield* steps;
  yield* audit(atMs, actor, action, typeof subject === 'string' ? subject : subject(result));
  return result;
}

export function* raiseDirectoryVersion(): Steps<void> {
  yield* run(RAISE, {});
}

export function* directoryVersion(): Steps<number> {
  return (yield* one(VERSION, {}))?.version ?? 0;
}
