/**
 * Removes what an account has, step by step, each part in a short transaction of its own. Two nodes, or relayctl and a node, may
 * take steps at once: each row is removed once.
 */
import type { RemovalStep, RemovalWriter } from '../../account-removal.ts';
import { audit } from '../../sql/directory/audit.ts';
import {
  removeAccountItself,
  removeEventsOf,
  removeFirstRows,
  removeLastRows,
} from '../../sql/removal/account-rows.ts';
import { removingKeyOf } from '../../sql/removal/account-removal.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Sweeper } from '../spool/sweeper.ts';
import { removeContents, removeEmpty, removeMessages, type OldMessage } from './message-removal.ts';

const MESSAGES_A_STEP = 100;

const SETTLED = `SELECT id, chunk_count FROM message WHERE account_id = $1 AND settled_at IS NOT NULL
  ORDER BY public_id LIMIT ${MESSAGES_A_STEP} FOR UPDATE SKIP LOCKED`;
const HAS_MESSAGES = 'SELECT 1 FROM message WHERE account_id = $1 LIMIT 1';
/** Events without a number yet; they would come to the log later. */
const PENDING_EVENTS = 'DELETE FROM event_pending WHERE account_id = $1';
/** Buckets are named after whose they are. */
const BUCKETS = `DELETE FROM shared_bucket b USING credential c
  WHERE c.account_id = $1 AND strpos(b.name, c.public_id) > 0`;

export class PostgresAccountRemover implements Pick<RemovalWriter, 'removeSomeOf'> {
  readonly #context: PostgresContext;
  readonly #sweeper: Sweeper;

  constructor(context: PostgresContext, sweeper: Sweeper) {
    this.#context = context;
    this.#sweeper = sweeper;
  }

  async removeSomeOf(
    accountId: string,
    eventsBehind: number,
    nowMs: number,
    actor: string,
  ): Promise<RemovalStep> {
    const { database, steps } = this.#context;
    const account = await steps.write(() => removingKeyOf(accountId));
    if (account === undefined) return { kind: 'done' };
    const more: RemovalStep = { kind: 'more', eventsBehind };
    const removed = await steps.write(() => removeFirstRows(account));
    if ((await this.#removeMessages(account, Math.round(nowMs))) + removed > 0) return more;
    const left = await database.read((session) => session.query(HAS_MESSAGES, [account]));
    if (left.rows.length > 0) return { kind: 'waits' };
    const pending = await database.transaction((session) => session.query(PENDING_EVENTS, [account]));
    if (pending.rowCount > 0) return more;
    const behind = await steps.write(() => removeEventsOf(account, eventsBehind));
    if (behind !== undefined) return { kind: 'more', eventsBehind: behind };
    await database.transaction((session) => session.query(BUCKETS, [account]));
    if ((await steps.write(() => removeLastRows(account))) > 0) return more;
    const isGone = await steps.write(function* () {
      if (!(yield* removeAccountItself(account))) return false;
      yield* audit(nowMs, actor, 'account removed', accountId);
      return true;
    });
    return isGone ? { kind: 'done' } : more;
  }

  async #removeMessages(account: number, nowMs: number): Promise<number> {
    const { database, life } = this.#context;
    const { messages, destinations } = await database.transaction(async (session) => {
      const { rows } = await session.query<OldMessage>(SETTLED, [account]);
      if (rows.length === 0) return { messages: 0, destinations: [] };
      await removeContents(
        session,
        rows.filter(({ chunk_count: chunks }) => chunks > 0),
      );
      const ids = rows.map(({ id }) => id);
      return { messages: ids.length, destinations: await removeMessages(session, ids, life.nodeKey) };
    });
    if (messages > 0) this.#sweeper.start();
    await removeEmpty(database, destinations, nowMs);
    return messages;
  }
}
