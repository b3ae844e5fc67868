/** SQL of messages: their facts, the number of open deliveries, the time when the content was removed. */
import type { Database, Statement } from 'better-sqlite3';
import { selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import { InsertStatement, NamedStatement, prepare } from '../engine/prepare.ts';
import { MESSAGE_COLUMNS, type MessageInsert } from '../../sql/spool/message-columns.ts';

export class Messages {
  readonly #insert: InsertStatement<MessageInsert>;
  readonly #select: Statement<[number], MessageRow>;
  readonly #settle: NamedStatement<{ key: number; count: number; now: number }>;
  readonly #selectSettled: Statement<[number, number, number], { id: number; chunk_count: number }>;
  readonly #contentGone: Statement<[number]>;
  readonly #delete: Statement<[number]>;

  constructor(db: Database) {
    this.#insert = new InsertStatement(db, 'message', MESSAGE_COLUMNS);
    this.#select = prepare(db, `${selectMessage()} WHERE m.id = ?`);
    this.#settle = new NamedStatement(
      db,
      `UPDATE message SET unsettled = unsettled - :count,
      settled_at = CASE WHEN unsettled = :count THEN :now END WHERE id = :key`,
    );
    this.#selectSettled = prepare(
      db,
      `SELECT id, chunk_count FROM message
      WHERE settled_at IS NOT NULL AND content_gone = ? AND settled_at < ? ORDER BY settled_at LIMIT ?`,
    );
    this.#contentGone = prepare(db, 'UPDATE message SET content_gone = 1, chunk_count = 0 WHERE id = ?');
    this.#delete = prepare(db, 'DELETE FROM message WHERE id = ?');
  }

  insert(insert: MessageInsert): void {
    this.#insert.run(insert);
  }

  byKey(key: number): MessageRow | undefined {
    return this.#select.get(key);
  }

  /** `count` more of its deliveries are settled. */
  settle(key: number, count: number, nowMs: number): void {
    this.#settle.run({ key, count, now: nowMs });
  }

  /** Messages settled before `beforeMs`, oldest first, whose content still exists or (`contentGone`) does not. */
  settledBefore(
    contentGone: boolean,
    beforeMs: number,
    limit: number,
  ): { id: number; chunk_count: number }[] {
    return this.#selectSettled.all(contentGone ? 1 : 0, beforeMs, limit);
  }

  markContentGone(key: number): void {
    this.#contentGone.run(key);
  }

  delete(key: number): void {
    this.#delete.run(key);
  }
}
