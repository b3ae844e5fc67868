/** The SQL of events: append-only facts with a sequence that follows the order of commits. */
import type { Database, Statement } from 'better-sqlite3';
import type { AnyEventType, EventType } from '../../../policy/delivery-state.ts';
import type { EventData } from '../../message-records.ts';
import type { AccountEvent } from '../../sql/steps.ts';
import type { Transaction } from '../engine/transaction.ts';
import { pluck, prepare } from '../engine/prepare.ts';

/** What every event of a message says. */
export interface EventSubject {
  readonly accountKey: number;
  /** Public id. */
  readonly messageId: string;
  readonly stream: string;
  /** As stored, see messages.ts. */
  readonly tags: string | null;
  readonly metadata: string | null;
}

type Row = [
  sequence: number,
  type: AnyEventType,
  at: number,
  accountKey: number,
  messageId: string | null,
  recipientNumber: number | null,
  recipient: string | null,
  stream: string | null,
  tags: string | null,
  metadata: string | null,
  data: string | null,
];

export class Events {
  readonly #transaction: Transaction;
  readonly #insert: Statement<Row>;
  readonly #deleteOld: Statement<[number, number, number]>;
  readonly #firstSequence: Statement<[], number | null>;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#insert = prepare<Row>(
      db,
      `INSERT INTO event (sequence, type, at, account_id, message_id, recipient_number,
      recipient, stream, tags, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#firstSequence = pluck<[], number | null>(db, 'SELECT min(sequence) FROM event');
    this.#deleteOld = prepare(db, 'DELETE FROM event WHERE sequence >= ? AND sequence < ? AND at < ?');
  }

  /** Its sequence. */
  append(
    type: EventType,
    atMs: number,
    subject: EventSubject,
    recipientNumber: number,
    recipient: string,
    data: EventData | undefined,
  ): number {
    const sequence = this.#transaction.takeEventSequence();
    this.#insert.run(
      sequence,
      type,
      Math.round(atMs),
      subject.accountKey,
      subject.messageId,
      recipientNumber,
      recipient,
      subject.stream,
      subject.tags,
      subject.metadata,
      data === undefined ? null : JSON.stringify(data),
    );
    return sequence;
  }

  /** About an account, one stream of it, or a message that it could not send. Its sequence. */
  appendOfAccount({ type, atMs, about, data }: AccountEvent): number {
    const sequence = this.#transaction.takeEventSequence();
    const stream = about.stream ?? null;
    const said = JSON.stringify(data);
    const { accountKey } = about;
    this.#insert.run(
      sequence,
      type,
      Math.round(atMs),
      accountKey,
      about.messageId ?? null,
      null,
      null,
      stream,
      null,
      null,
      said,
    );
    return sequence;
  }

  /** Removes those older than `beforeMs` among the oldest `limit`; the result counts them. */
  removeBefore(beforeMs: number, limit: number): number {
    const first = this.#firstSequence.get() ?? undefined;
    return first === undefined ? 0 : this.#deleteOld.run(first, first + limit, beforeMs).changes;
  }
}
