/** SQL of events: an append-only log with a sequence in the order of commits. */
import type { Database } from 'better-sqlite3';
import type { AnyEventType, EventType } from '../../../policy/delivery-state.ts';
import type { EventSubject } from '../../flow/subject.ts';
import type { EventData } from '../../message-records.ts';
import type { AccountEvent } from '../../sql/steps.ts';
import type { Transaction } from '../engine/transaction.ts';
import { InsertStatement } from '../engine/prepare.ts';
import type { Columns } from '../../sql/columns.ts';

interface Row {
  readonly sequence: number;
  readonly type: AnyEventType;
  readonly at: number;
  readonly account: number;
  readonly message: string | undefined;
  readonly number: number | undefined;
  readonly recipient: string | undefined;
  readonly stream: string | undefined;
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly data: string | undefined;
}

const COLUMNS: Columns<Row> = {
  sequence: ({ sequence }) => sequence,
  type: ({ type }) => type,
  at: ({ at }) => at,
  account_id: ({ account }) => account,
  message_id: ({ message }) => message,
  recipient_number: ({ number }) => number,
  recipient: ({ recipient }) => recipient,
  stream: ({ stream }) => stream,
  tags: ({ tags }) => tags,
  metadata: ({ metadata }) => metadata,
  data: ({ data }) => data,
};

export class Events {
  readonly #transaction: Transaction;
  readonly #insert: InsertStatement<Row>;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#insert = new InsertStatement(db, 'event', COLUMNS);
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
    this.#insert.run({
      sequence,
      type,
      at: Math.round(atMs),
      account: subject.accountKey,
      message: subject.messageId,
      number: recipientNumber,
      recipient,
      stream: subject.stream,
      tags: subject.tags,
      metadata: subject.metadata,
      data: data && JSON.stringify(data),
    });
    return sequence;
  }

  /** See {@link AccountEvent}. Its sequence. */
  appendOfAccount({ type, atMs, about, data }: AccountEvent): number {
    const sequence = this.#transaction.takeEventSequence();
    this.#insert.run({
      sequence,
      type,
      at: Math.round(atMs),
      account: about.accountKey,
      message: about.messageId,
      number: undefined,
      recipient: about.recipient,
      stream: about.stream,
      tags: null,
      metadata: null,
      data: JSON.stringify(data),
    });
    return sequence;
  }
}
