/** Removes what an account has, step by step: each is one operation of the group commit, of a few milliseconds. */
import Database, { type Statement } from 'better-sqlite3';
import type { RemovalStep, RemovalWriter } from '../../account-removal.ts';
import { audit } from '../../sql/directory/audit.ts';
import {
  removeAccountItself,
  removeEventsOf,
  removeFirstRows,
  removeLastRows,
} from '../../sql/removal/account-rows.ts';
import { removingKeyOf } from '../../sql/removal/account-removal.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { storeError } from '../engine/sqlite-error.ts';
import { StepRunner } from '../engine/step-runner.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { MessageRemoval } from '../spool/message-removal.ts';

const MESSAGES_A_STEP = 100;
/** A tool's short transaction ends within this time. */
const BUSY_MS = 5_000;

export class SqliteAccountRemover implements Pick<RemovalWriter, 'removeSomeOf'> {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #sweeper: Sweeper;
  readonly #removal: MessageRemoval;
  readonly #settled: Statement<[number, number], { id: number; chunk_count: number }>;
  readonly #hasMessages: Statement<[number], number>;

  constructor(context: Context, commits: GroupCommit, sweeper: Sweeper) {
    this.#context = context;
    this.#commits = commits;
    this.#sweeper = sweeper;
    this.#removal = new MessageRemoval(context);
    this.#settled = prepare(
      context.db,
      `SELECT id, chunk_count FROM message INDEXED BY message_account
       WHERE account_id = ? AND settled_at IS NOT NULL LIMIT ?`,
    );
    this.#hasMessages = pluck(context.db, 'SELECT 1 FROM message WHERE account_id = ? LIMIT 1');
  }

  async removeSomeOf(
    accountId: string,
    eventsBehind: number,
    nowMs: number,
    actor: string,
  ): Promise<RemovalStep> {
    const run = () => this.#step(accountId, eventsBehind, nowMs);
    const step = await this.#commits.submit({ grows: false, sizeBytes: 0, run });
    this.#sweeper.start();
    if (step !== 'last') return step;
    const isGone = this.#removeItself(accountId, nowMs, actor);
    // Keys of what is removed may be given again.
    this.#context.accounts.forget();
    return isGone ? { kind: 'done' } : { kind: 'more', eventsBehind };
  }

  /** `last`: nothing is left but the account and its credentials. */
  #step(accountId: string, eventsBehind: number, nowMs: number): RemovalStep | 'last' {
    const { steps } = this.#context;
    const account = steps.run(removingKeyOf(accountId));
    if (account === undefined) return { kind: 'done' };
    const more: RemovalStep = { kind: 'more', eventsBehind };
    const removed = steps.run(removeFirstRows(account));
    if (this.#removeMessages(account, nowMs) + removed > 0) return more;
    if (this.#hasMessages.get(account) !== undefined) return { kind: 'waits' };
    const behind = steps.run(removeEventsOf(account, eventsBehind));
    if (behind !== undefined) return { kind: 'more', eventsBehind: behind };
    return steps.run(removeLastRows(account)) > 0 ? more : 'last';
  }

  /**
   * On a connection that does not look for references: messages, deliveries and events have no index by what they refer to, and would
   * be read through for each row. Nothing refers to them, which is looked at in the same transaction. To the engine it is another
   * process, so what it has in memory is read again.
   */
  #removeItself(accountId: string, nowMs: number, actor: string): boolean {
    const { db } = this.#context;
    const unchecked = new Database(db.name, { timeout: BUSY_MS });
    try {
      unchecked.pragma('synchronous = FULL');
      unchecked.pragma('foreign_keys = OFF');
      unchecked.pragma('secure_delete = ON');
      const steps = new StepRunner(unchecked);
      return unchecked
        .transaction(() => {
          const account = steps.run(removingKeyOf(accountId));
          if (account === undefined) return true;
          if (!steps.run(removeAccountItself(account))) return false;
          steps.run(audit(nowMs, actor, 'account removed', accountId));
          return true;
        })
        .immediate();
    } catch (error) {
      throw storeError(error, db.name);
    } finally {
      unchecked.close();
    }
  }

  #removeMessages(account: number, nowMs: number): number {
    const settled = this.#settled.all(account, MESSAGES_A_STEP);
    this.#removal.removeContents(settled.filter(({ chunk_count: chunks }) => chunks > 0));
    this.#removal.removeMessages(
      settled.map(({ id }) => id),
      nowMs,
    );
    return settled.length;
  }
}
