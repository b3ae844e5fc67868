/**
 * An account's messages, page by page, the newest first. A read costs no more than a bounded number of rows, whatever the
 * filter: it looks at a stretch of messages, may find none of them, and says where to go on.
 */
import type { Database } from 'better-sqlite3';
import type { MessageFilter, MessagePage } from '../../queue-admin.ts';
import type { MessageView } from '../../views.ts';
import { SELECT_MESSAGE, type MessageRow } from '../spool/messages.ts';
import { pluck } from '../engine/prepare.ts';
import { whereSql, type SqlCache, type Where } from '../engine/sql-cache.ts';

/** Messages that one read may look at. */
export const MESSAGES_LOOKED_AT = 2_000;
/** Deliveries that it may compare, some 5 ms; the message that passes it is still looked at. */
export const DELIVERIES_LOOKED_AT = 50_000;
/** A page ends early when its messages have this many recipients. */
const DELIVERIES_SHOWN = 2_000;

export interface MessagePages {
  pageOfMessages(filter: MessageFilter & { readonly accountId: string }): MessagePage;
}

/** `conditions`: what the rest of a filter asks of message `m`. `view`: a row with its deliveries. */
export function createMessagePages(
  db: Database,
  sql: SqlCache,
  conditions: (filter: MessageFilter) => Where,
  view: (row: MessageRow) => MessageView,
): MessagePages {
  const keyOf = pluck<[string], number>(db, 'SELECT id FROM message WHERE public_id = ?');
  const keyBelow = pluck<[string], number>(
    db,
    'SELECT id + 1 FROM message WHERE public_id < ? ORDER BY public_id DESC LIMIT 1',
  );
  // Through the account's own index, newest first, as far as one read may look.
  const lastOfStretch = pluck<[string, number], string>(
    db,
    `SELECT public_id FROM message INDEXED BY message_account
     WHERE account_id = (SELECT id FROM account WHERE public_id = ?) AND id < ?
     ORDER BY id DESC LIMIT 1 OFFSET ${MESSAGES_LOOKED_AT - 1}`,
  );
  const lastByDeliveries = pluck<[string, number], string>(
    db,
    `SELECT public_id FROM (
       SELECT public_id, sum(recipients) OVER (ORDER BY id DESC) AS looked_at FROM (
         SELECT id, public_id, recipients FROM message INDEXED BY message_account
         WHERE account_id = (SELECT id FROM account WHERE public_id = ?) AND id < ?
         ORDER BY id DESC LIMIT ${MESSAGES_LOOKED_AT}))
     WHERE looked_at >= ${DELIVERIES_LOOKED_AT} LIMIT 1`,
  );
  return {
    pageOfMessages(filter) {
      const { accountId, before, limit } = filter;
      // The message that a cursor names may be gone by now.
      const below =
        before === undefined ? Number.MAX_SAFE_INTEGER : (keyOf.get(before) ?? keyBelow.get(before) ?? 0);
      const ofDeliveries = asksDeliveries(filter) ? lastByDeliveries.get(accountId, below) : undefined;
      const stretchEnd = ofDeliveries ?? lastOfStretch.get(accountId, below);
      const where = conditions({ ...filter, accountId: undefined, before: undefined });
      where.sql.unshift('m.account_id = (SELECT id FROM account WHERE public_id = ?)', 'm.id < ?');
      where.values.unshift(accountId, below);
      const lowest = stretchEnd === undefined ? 0 : (keyOf.get(stretchEnd) ?? 0);
      where.sql.push('m.id >= ?');
      where.values.push(lowest);
      const select = SELECT_MESSAGE.replace('FROM message m', 'FROM message m INDEXED BY message_account');
      const rows = sql
        .prepare<MessageRow>(`${select} ${whereSql(where)} ORDER BY m.id DESC LIMIT ?`)
        .all(...where.values, limit);
      const messages: MessageView[] = [];
      let deliveries = 0;
      for (const row of rows) {
        if (messages.length > 0 && deliveries >= DELIVERIES_SHOWN) break;
        const message = view(row);
        messages.push(message);
        deliveries += message.deliveries.length;
      }
      const full = messages.length < rows.length || rows.length === limit;
      return { messages, next: full ? messages.at(-1)?.facts.id : stretchEnd };
    },
  };
}

function asksDeliveries({ state, recipient, destination }: MessageFilter): boolean {
  return state !== undefined || recipient !== undefined || destination !== undefined;
}
