/** The SQL of messages: what was submitted, how many of its deliveries are open, when its content went. */
import type { Database, Statement } from 'better-sqlite3';
import type { MessageFacts } from '../../message-records.ts';
<<<<<<< HEAD
import { metadataOf, tagsOf } from '../../sql/json-columns.ts';
import { InsertStatement, NamedStatement, prepare } from '../engine/prepare.ts';
import { MESSAGE_COLUMNS, type MessageInsert } from '../../sql/spool/message-columns.ts';

export interface MessageRow {
  readonly id: number;
  readonly public_id: string;
  readonly account_id: number;
  readonly account_public_id: string;
  readonly account_name: string;
  readonly credential_public_id: string | null;
  readonly stream: string;
  readonly via: MessageFacts['via'];
  readonly reverse_path: string;
  readonly header_from: string;
  readonly subject: string | null;
  readonly message_id_field: string;
  readonly body_type: MessageFacts['bodyType'];
  readonly smtp_utf8: number;
  readonly require_tls: number;
  readonly dsn_return: 'full' | 'hdrs' | null;
  readonly envelope_id: string | null;
  readonly send_dsn: number;
  readonly dsn_to: string | null;
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly signing_domain: string;
  readonly header_size: number;
  readonly size: number;
  readonly body_hash: Uint8Array<ArrayBuffer>;
  readonly accepted_at: number;
  readonly send_at: number | null;
  readonly expires_at: number;
  readonly chunk_count: number;
  readonly content_gone: number;
}

/** Everything {@link factsOf} needs; to be followed by conditions on `m`. */
export const SELECT_MESSAGE = `
  SELECT m.*, a.public_id AS account_public_id, a.name AS account_name, c.public_id AS credential_public_id
  FROM message m JOIN account a ON a.id = m.account_id LEFT JOIN credential c ON c.id = m.credential_id`;

export function factsOf(row: MessageRow): MessageFacts {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    credentialId: row.credential_public_id ?? undefined,
    stream: row.stream,
    via: row.via,
    reversePath: row.reverse_path,
    headerFrom: row.header_from,
    subject: row.subject ?? undefined,
    messageIdField: row.message_id_field,
    bodyType: row.body_type,
    smtpUtf8: row.smtp_utf8 === 1,
    requireTls: row.require_tls === 1,
    dsnReturn: row.dsn_return ?? undefined,
    envelopeId: row.envelope_id ?? undefined,
    sendDsn: row.send_dsn === 1,
    dsnTo: row.dsn_to ?? undefined,
    tags: tagsOf(row.tags),
    metadata: metadataOf(row.metadata),
    signingDomain: row.signing_domain,
    headerSizeBytes: row.header_size,
    sizeBytes: row.size,
    bodyHash: row.body_hash,
    acceptedAtMs: row.accepted_at,
    sendAtMs: row.send_at ?? undefined,
    expiresAtMs: row.expires_at,
  };
}
=======
import { metadataColumn, tagsColumn } from '../../sql/json-columns.ts';
import { selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import { InsertStatement, NamedStatement, prepare, type Columns } from '../engine/prepare.ts';

export interface MessageInsert {
  readonly key: number;
  readonly facts: MessageFacts;
  readonly accountKey: number;
  readonly credentialKey: number | null;
  readonly recipients: number;
  readonly unsettled: number;
  readonly settledAtMs: number | undefined;
  readonly chunkCount: number;
}

const COLUMNS: Columns<MessageInsert> = {
  id: ({ key }) => key,
  public_id: ({ facts }) => facts.id,
  account_id: ({ accountKey }) => accountKey,
  credential_id: ({ credentialKey }) => credentialKey,
  stream: ({ facts }) => facts.stream,
  via: ({ facts }) => facts.via,
  reverse_path: ({ facts }) => facts.reversePath,
  header_from: ({ facts }) => facts.headerFrom,
  subject: ({ facts }) => facts.subject,
  message_id_field: ({ facts }) => facts.messageIdField,
  body_type: ({ facts }) => facts.bodyType,
  smtp_utf8: ({ facts }) => (facts.smtpUtf8 ? 1 : 0),
  require_tls: ({ facts }) => (facts.requireTls ? 1 : 0),
  dsn_return: ({ facts }) => facts.dsnReturn,
  envelope_id: ({ facts }) => facts.envelopeId,
  send_dsn: ({ facts }) => (facts.sendDsn ? 1 : 0),
  tags: ({ facts }) => tagsColumn(facts.tags),
  metadata: ({ facts }) => metadataColumn(facts.metadata),
  signing_domain: ({ facts }) => facts.signingDomain,
  header_size: ({ facts }) => facts.headerSizeBytes,
  size: ({ facts }) => facts.sizeBytes,
  body_hash: ({ facts }) => facts.bodyHash,
  accepted_at: ({ facts }) => Math.round(facts.acceptedAtMs),
  send_at: ({ facts }) => (facts.sendAtMs === undefined ? null : Math.round(facts.sendAtMs)),
  expires_at: ({ facts }) => Math.round(facts.expiresAtMs),
  recipients: ({ recipients }) => recipients,
  unsettled: ({ unsettled }) => unsettled,
  settled_at: ({ settledAtMs }) => settledAtMs,
  chunk_count: ({ chunkCount }) => chunkCount,
  dsn_to: ({ facts }) => facts.dsnTo,
};
>>>>>>> 0cc4c3d (store: the queue, the event log and reported messages are read by statements of every engine)

export class Messages {
  readonly #insert: InsertStatement<MessageInsert>;
  readonly #select: Statement<[number], MessageRow>;
  readonly #settle: NamedStatement<{ key: number; count: number; now: number }>;
  readonly #selectSettled: Statement<[number, number, number], { id: number; chunk_count: number }>;
  readonly #contentGone: Statement<[number]>;
  readonly #delete: Statement<[number]>;

  constructor(db: Database) {
<<<<<<< HEAD
    this.#insert = new InsertStatement(db, 'message', MESSAGE_COLUMNS);
    this.#select = prepare(db, `${SELECT_MESSAGE} WHERE m.id = ?`);
=======
    this.#insert = new InsertStatement(db, 'message', COLUMNS);
    this.#select = prepare(db, `${selectMessage()} WHERE m.id = ?`);
>>>>>>> 0cc4c3d (store: the queue, the event log and reported messages are read by statements of every engine)
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

  /** Messages settled before `beforeMs`, oldest first, whose content is still there or (`contentGone`) is not. */
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
