/** Rows of messages, the same on every engine, and the facts that they represent. */
import type { MessageFacts } from '../../message-records.ts';
import { deliverByOf } from '../spool/message-columns.ts';
import { metadataOf, tagsOf } from '../json-columns.ts';

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
  readonly recipients: number;
  readonly chunk_count: number;
  readonly content_gone: number;
  readonly priority: number | null;
  readonly deliver_by: number | null;
  readonly by_mode: string | null;
  readonly added_fields: string | null;
  readonly one_click: number | null;
}

/** All columns that {@link factsOf} needs; conditions on `m` follow. `index`: an index hint of the dialect. */
export function selectMessage(index = ''): string {
  return `SELECT m.*, a.public_id AS account_public_id, a.name AS account_name, c.public_id AS credential_public_id
    FROM message m ${index} JOIN account a ON a.id = m.account_id LEFT JOIN credential c ON c.id = m.credential_id`;
}

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
    bodyHash: Buffer.from(row.body_hash).toString('base64'),
    acceptedAtMs: row.accepted_at,
    sendAtMs: row.send_at ?? undefined,
    expiresAtMs: row.expires_at,
    ...(row.priority !== null && { priority: row.priority }),
    ...(row.deliver_by !== null && { deliverBy: deliverByOf(row.deliver_by, row.by_mode) }),
    ...(row.added_fields !== null && { addedFields: row.added_fields }),
    ...(row.one_click === 1 && { oneClick: true }),
  };
}
