/**
 * Every column with text or octets, on both engines: what an erasure does about an address in it. A column that is not here fails the
 * suite: decide. Those that are erased hold what the suite plants there.
 */

/** A text with the address, JSON with it, or octets with it. */
export type Planted = 'text' | 'json' | 'octets';

const columns = (form: Planted, ...names: readonly string[]): Readonly<Record<string, Planted>> =>
  Object.fromEntries(names.map((name) => [name, form]));
const texts = (names: string) => columns('text', ...names.split(' '));
const json = (names: string) => columns('json', ...names.split(' '));
const octets = (names: string) => columns('octets', ...names.split(' '));

const EVENT = { ...texts('recipient'), ...json('tags metadata data') };

export const ERASED: Readonly<Record<string, Readonly<Record<string, Planted>>>> = {
  message: {
    ...texts('reverse_path header_from subject message_id_field envelope_id dsn_to added_fields'),
    ...json('tags metadata'),
  },
  content_chunk: octets('data'),
  delivery: texts('recipient original_recipient'),
  attempt: texts('text'),
  event: EVENT,
  event_pending: EVENT,
  webhook_delivery: texts('error excerpt'),
  refused_message: {
    ...texts('reverse_path header_from subject reply fix'),
    ...json('recipients'),
    ...octets('headers'),
  },
  unverified_report: { ...texts('recipient why'), ...json('reading'), ...octets('headers') },
  suppression: texts('address evidence'),
  soft_bounce: texts('address'),
  idempotency: { ...texts('key'), ...json('result') },
  health_state: texts('reason'),
  report_count: texts('subject'),
  webhook: texts('state_reason'),
  audit_text: texts('text'),
  destination_try: texts('text'),
  destination: texts('last_error'),
  destination_limit: texts('reply'),
  source_limit: texts('reply'),
  server_event: json('data'),
  check_state: texts('detail remedy'),
  look_state: json('found'),
  suspension: texts('reason'),
  statistic: texts('name'),
  statistic_delta: json('data'),
};

const TRY = 'host address tls status stage local_class tls_failure route source';

/** By reason: the columns of each table. */
export const LEFT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'of a certificate or a key, not of mail': {
    credential: 'certificate_subject secret_key old_secret_key',
    credential_use: 'certificate_subject',
    data_key: 'key_id',
    node: 'data_keys',
  },
  'numbers of terms; what they are of is made again': {
    search_block: 'data',
  },
  'somebody decided it: the answer of an erasure names it': {
    credential: 'name username networks domains from_addresses stream dsn_to',
    template: 'name',
    template_version: 'subject html text variables',
    webhook: 'url events',
    stream: 'terms',
    person: 'email name',
    person_factor: 'name',
    person_identity: 'issuer subject',
  },
  'a name or an id of what an operator or a tenant made': {
    account: 'public_id name limits health',
    stream: 'name kind',
    stream_misfit: 'stream example',
    search_state: 'before',
    credential: 'public_id kind scopes limits',
    suppression: 'scope',
    message: 'public_id stream signing_domain',
    event: 'message_id stream',
    event_pending: 'message_id stream',
    webhook: 'public_id',
    webhook_delivery: 'message_id',
    template: 'public_id',
    domain: 'public_id name',
    dkim_key: 'selector public_key',
    dkim_selector: 'domain selector',
    health_hour: 'name',
    health_state: 'stream',
    refused_message: 'public_id credential',
    unverified_report: 'public_id message_id',
    usage_count: 'holder',
    known_recipient: 'holder',
    delivery: 'held_by reroute waits_for',
    destination: 'name waits_for',
    destination_limit: 'subject source rule destination',
    source_day: 'source provider',
    source_limit: 'source provider',
    shaping_count: 'bucket',
    suspension: 'subject actor',
    look_state: 'subject',
    check_state: 'name',
    audit: 'account credential origin',
    node: 'name',
    node_life: 'version figures',
    duty: 'name',
    shared_bucket: 'name',
    upload: 'name',
    person: 'public_id',
    person_factor: 'public_id',
    person_session: 'public_id',
  },
  'one of a few words': {
    suppression: 'reason created_by',
    stream_misfit: 'misfit',
    message: 'via body_type dsn_return by_mode',
    delivery: 'state notify wish',
    event: 'type',
    event_pending: 'type',
    webhook: 'state',
    webhook_delivery: 'event_type state',
    health_state: 'level',
    domain: 'record_status',
    dkim_key: 'algorithm state',
    unverified_report: 'kind form',
    refused_message: 'via',
    server_event: 'type',
    source_day: 'reason',
    source_limit: 'class',
    destination_limit: 'action',
    suspension: 'kind',
    login_throttle: 'kind',
    audit: 'actor action',
    person_grant: 'role',
    person_factor: 'kind',
  },
  'what a connection was like, and its other end': {
    attempt: TRY,
    destination_try: TRY,
    credential_use: 'address name tls networks new_network',
    unverified_report: 'client',
    refused_message: 'client',
    person_session: 'address user_agent',
  },
  'a hash, a sealed secret or counts': {
    credential: 'secret_hash old_secret_hash',
    webhook: 'sealed_secret sealed_previous_secret',
    dkim_key: 'sealed_private_key',
    person: 'password invite_hash',
    person_factor: 'sealed_secret credential_id public_key',
    person_recovery_code: 'code_hash',
    person_used_token: 'token_hash',
    person_session: 'token_hash',
    master_key_check: 'sealed',
    message: 'body_hash',
    idempotency: 'body_hash',
    login_throttle: 'key',
    known_recipient: 'recipient',
    statistic: 'times',
    // Addresses are in it as hashes, and their clear text is in audit_text.
    audit: 'subject hash',
    audit_head: 'hash',
    audit_text: 'salt',
  },
  'of the erasure itself, whose row goes last': {
    erasure: 'public_id address pseudonym hash known_as progress',
  },
};

/** Whether a decision is there, and which. */
export function decisionOf(table: string, column: string): string | undefined {
  if (ERASED[table]?.[column] !== undefined) return 'erased';
  return Object.entries(LEFT).find(([, tables]) => tables[table]?.split(' ').includes(column) === true)?.[0];
}
