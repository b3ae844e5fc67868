/** Columns of an accepted message, for every engine. */
import type { DeliverBy, MessageFacts } from '../../message-records.ts';
import type { Columns } from '../columns.ts';
import { metadataColumn, tagsColumn } from '../json-columns.ts';

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

const TRACE = '-trace';

export const MESSAGE_COLUMNS: Columns<MessageInsert> = {
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
  body_hash: ({ facts }) => Buffer.from(facts.bodyHash, 'base64'),
  accepted_at: ({ facts }) => Math.round(facts.acceptedAtMs),
  send_at: ({ facts }) => (facts.sendAtMs === undefined ? null : Math.round(facts.sendAtMs)),
  expires_at: ({ facts }) => Math.round(facts.expiresAtMs),
  recipients: ({ recipients }) => recipients,
  unsettled: ({ unsettled }) => unsettled,
  settled_at: ({ settledAtMs }) => settledAtMs,
  chunk_count: ({ chunkCount }) => chunkCount,
  dsn_to: ({ facts }) => facts.dsnTo,
  priority: ({ facts }) => facts.priority,
  deliver_by: ({ facts }) => (facts.deliverBy === undefined ? null : Math.round(facts.deliverBy.atMs)),
  by_mode: ({ facts }) => byModeColumn(facts.deliverBy),
  added_fields: ({ facts }) => facts.addedFields,
  one_click: ({ facts }) => (facts.oneClick === true ? 1 : undefined),
};

/** `return` or `notify`, with `-trace` after it where each relay is told of. */
function byModeColumn(by: DeliverBy | undefined): string | undefined {
  return by && `${by.mode}${by.trace ? TRACE : ''}`;
}

/** The columns of a stored message, as the time by which it has to arrive. */
export function deliverByOf(atMs: number | null, mode: string | null): DeliverBy | undefined {
  if (atMs === null || mode === null) return undefined;
  return { atMs, mode: mode.startsWith('return') ? 'return' : 'notify', trace: mode.endsWith(TRACE) };
}
