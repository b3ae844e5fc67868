/** Removes what an account has, step by step: each is one operation of the group commit, of a few milliseconds. */
import type { Statement } from 'better-sqlite3';
import type { RemovalStep, RemovalWriter } from '../../account-removal.ts';
import { audit } from '../../sql/directory/audit.ts';
import {
  removeAccountRow,
  removeEventsOf,
  removeFirstRows,
  removeLastRows,
} from '../../sql/removal/account-rows.ts';
import { removingKeyOf } from '../../sql/removal/account-removal.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { MessageRemoval } from '../spool/message-removal.ts';

const MESSAGES_A_STEP = 100;

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
    const run = () => this.#step(accountId, eventsBehind, nowMs, actor);
    const step = await this.#commits.submit({ grows: false, sizeBytes: 0, run });
    this.#sweeper.start();
    return step;
  }

  #step(accountId: string, eventsBehind: number, nowMs: number, actor: string): RemovalStep {
    const { steps, accounts, restrictions } = this.#context;
    const account = steps.run(removingKeyOf(accountId));
    if (account === undefined) return { kind: 'done' };
    const more: RemovalStep = { kind: 'more', eventsBehind };
    const removed = steps.run(removeFirstRows(account));
    if (this.#removeMessages(account, nowMs) + removed > 0) return more;
    if (this.#hasMessages.get(account) !== undefined) return { kind: 'waits' };
    const behind = steps.run(removeEventsOf(account, eventsBehind));
    if (behind !== undefined) return { kind: 'more', eventsBehind: behind };
    // Keys of what is removed may be given again.
    accounts.forget();
    if (steps.run(removeLastRows(account)) > 0) return more;
    steps.run(removeAccountRow(account));
    restrictions.changed();
    steps.run(audit(nowMs, actor, 'account removed', accountId));
    return { kind: 'done' };
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
