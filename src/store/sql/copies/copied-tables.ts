/**
 * The content of a copy to another engine: the tables of the shared roles, and those of mail, events and statistics.
 *
 * Not copied: the state of one run of a program (nodes, lives, duties, uploads, number sequences of the engines), and content
 * that is being removed.
 */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import { SHARED_TABLES } from '../roles.ts';

/** Of content, which comes in pieces of up to 256 KiB. */
const CONTENT_PAGE = 64;

const TRY =
  'at host address tls tls_failure reply_code status text stage duration_ms local_class route source';

/** By state, in `destination` or beside it. */
export const DESTINATION_COUNTS =
  'scheduled queued deferred held delivered bounced expired suppressed cancelled'.split(' ');

export const STATISTIC_COUNTS = (
  'accepted delivered deferred bounced_hard bounced_soft returned expired suppressed complained unsubscribed cancelled ' +
  'opened clicked first_attempt relayed'
).split(' ');

export const HEALTH_COUNTS = 'delivered hard_bounced failed complained'.split(' ');

/** A table comes after the tables that it refers to. */
export const COPIED_TABLES: readonly CopiedTable[] = [
  ...SHARED_TABLES,
  copiedTable(
    'message',
    'id',
    `public_id account_id credential_id stream via reverse_path header_from subject message_id_field body_type smtp_utf8
     require_tls dsn_return envelope_id send_dsn dsn_to tags metadata signing_domain header_size size body_hash
     accepted_at send_at expires_at recipients unsettled settled_at content_gone chunk_count priority deliver_by by_mode
     added_fields one_click`,
    { filledByUse: true },
  ),
  copiedTable(
    'event',
    'sequence',
    'type at account_id message_id recipient_number recipient stream tags metadata data',
    { filledByUse: true },
  ),
  copiedTable('content_chunk', 'id', 'data', { page: CONTENT_PAGE }),
  copiedTable(
    'destination',
    'id',
    `name next_due_at blocked_until suspended failures last_error tries withholds_until waits_for ${DESTINATION_COUNTS.join(' ')}`,
    { filledByUse: true },
  ),
  copiedTable('destination_try', 'destination_id number part', TRY),
  copiedTable(
    'delivery',
    'id',
    `destination_id account_id state due_at fence attempts settled_at expires_at delay_told recipient notify
     original_recipient held_by wish reroute waits_for bulk`,
  ),
  copiedTable('attempt', 'delivery_id fence number', TRY),
  copiedTable('soft_bounce', 'account_id address', 'messages arrivals first_at last_at'),
  copiedTable('idempotency', 'credential_id key', 'body_hash result created_at'),
  copiedTable('statistic', 'span account_id kind number name', `${STATISTIC_COUNTS.join(' ')} times`),
  copiedTable('statistic_delta', 'id', 'data'),
  copiedTable('health_hour', 'kind hour account_id name', HEALTH_COUNTS.join(' ')),
  copiedTable('health_state', 'account_id stream', 'level reason per_minute since counts_from'),
];

/** The names of those that have to be empty in a store that is copied into. */
export const FILLED_BY_USE = COPIED_TABLES.filter((table) => table.filledByUse).map(({ name }) => name);
