/**
 * The content of a copy to another engine, in the form that both engines have: tables, columns, and the key that gives rows
 * one order. An engine that stores something in another form converts it in its own folder `copies/`.
 *
 * Not copied: the state of one run of a program (nodes, lives, duties, uploads, number sequences of the engines), and content
 * that is being removed.
 */

export interface CopiedTable {
  readonly name: string;
  /** The first columns are the key. */
  readonly columns: readonly string[];
  readonly keyLength: number;
  /** Rows read and written at a time. */
  readonly page: number;
}

const PAGE = 1_000;
/** Of content, which comes in pieces of up to 256 KiB. */
const CONTENT_PAGE = 64;

function table(name: string, key: string, rest = '', page = PAGE): CopiedTable {
  const columns = `${key} ${rest}`.trim().split(/\s+/);
  return { name, columns, keyLength: key.split(' ').length, page };
}

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
  table('account', 'id', 'public_id name created_at'),
  table('domain', 'id', 'public_id account_id name verified_at failing_since record_status created_at'),
  table('dkim_key', 'id', 'domain_id selector algorithm sealed_private_key public_key state created_at'),
  table('stream', 'account_id name', 'kind created_at'),
  table(
    'credential',
    'id',
    `public_id account_id kind name username secret_hash networks domains from_addresses scopes stream rate_per_minute
     daily_quota require_tls send_dsn dsn_to expires_at revoked_at created_at version`,
  ),
  table('credential_usage', 'day credential_id', 'recipients'),
  table('suppression', 'account_id address scope', 'reason evidence created_at expires_at created_by event'),
  table('audit', 'id', 'at actor action subject'),
  table('login_throttle', 'kind key', 'failures at_ms blocked_until_ms succeeded_at_ms'),
  table('master_key_check', 'id', 'sealed'),
  table(
    'webhook',
    'id',
    `public_id account_id url events state state_reason state_since sealed_secret sealed_previous_secret previous_until
     cursor failing_since delivered_at created_at`,
  ),
  table(
    'webhook_delivery',
    'webhook_id event_sequence',
    `event_type message_id state attempts next_attempt_at first_attempt_at last_attempt_at status_code error excerpt
     duration_ms ended_at`,
  ),
  table('template', 'id', 'public_id account_id name latest_version created_at'),
  table('template_version', 'template_id version', 'subject html text variables created_at'),
  table(
    'event',
    'sequence',
    'type at account_id message_id recipient_number recipient stream tags metadata data',
  ),
  table(
    'message',
    'id',
    `public_id account_id credential_id stream via reverse_path header_from subject message_id_field body_type smtp_utf8
     require_tls dsn_return envelope_id send_dsn dsn_to tags metadata signing_domain header_size size body_hash
     accepted_at send_at expires_at recipients unsettled settled_at content_gone chunk_count`,
  ),
  table('content_chunk', 'id', 'data', CONTENT_PAGE),
  table(
    'destination',
    'id',
    `name next_due_at blocked_until suspended failures last_error tries withholds_until ${DESTINATION_COUNTS.join(' ')}`,
  ),
  table('destination_try', 'destination_id number part', TRY),
  table(
    'delivery',
    'id',
    `destination_id account_id state due_at fence attempts settled_at expires_at delay_told recipient notify
     original_recipient held_by`,
  ),
  table('attempt', 'delivery_id fence number', TRY),
  table('soft_bounce', 'account_id address', 'messages arrivals first_at last_at'),
  table('idempotency', 'credential_id key', 'body_hash result created_at'),
  table('statistic', 'span account_id kind number name', `${STATISTIC_COUNTS.join(' ')} times`),
  table('statistic_delta', 'id', 'data'),
  table('health_hour', 'kind hour account_id name', HEALTH_COUNTS.join(' ')),
  table('health_state', 'account_id stream', 'level reason per_minute since counts_from'),
  table(
    'unverified_report',
    'id',
    'public_id account_id received_at kind form recipient message_id client why applied_at reading headers',
  ),
  table('report_count', 'since account_id subject', 'count'),
  table(
    'refused_message',
    'id',
    `public_id account_id credential via client refused_at reverse_path recipients recipient_count reply header_from
     subject fix left_out headers`,
  ),
  table('check_state', 'name', 'ok since detail remedy'),
  table('look_state', 'subject', 'at found'),
  table('server_event', 'sequence', 'type at data'),
  table(
    'source_day',
    'source provider day',
    'step ceiling reason reserved handed_over turned_away complained',
  ),
  table('source_limit', 'source provider', 'at until times class reply'),
];

/** Tables that an operator fills. They are empty in a store that may be copied into. */
export const FILLED_BY_USE = [
  'domain',
  'credential',
  'suppression',
  'webhook',
  'template',
  'message',
  'event',
  'destination',
];
