/**
 * Every column of every table that may have an address of somebody that an account mails or is mailed by, but those of messages and
 * deliveries (erase-messages.ts). What is configuration is left: it is somebody's decision that an operator or a tenant changes
 * (admin/erasure/left-behind.ts names it).
 */
import type { TextTable } from './erase-texts.ts';

const OF_ACCOUNT = 'account_id = :account';
const OF_CREDENTIALS = 'credential_id IN (SELECT id FROM credential WHERE account_id = :account)';
const OF_WEBHOOKS = 'webhook_id IN (SELECT id FROM webhook WHERE account_id = :account)';
/** Rows with octets of up to 64 KiB. */
const FEW_ROWS = 50;

/** The subject of a message that was turned away. */
const WITHOUT_SUBJECT = ['subject'];

export const EVENT_COLUMNS = { recipient: 'address', tags: 'json', metadata: 'json', data: 'json' } as const;

export const TEXT_TABLES: readonly TextTable[] = [
  {
    ...{ table: 'event', key: ['sequence'], scope: OF_ACCOUNT, counts: 'events' },
    columns: EVENT_COLUMNS,
    without: WITHOUT_SUBJECT,
  },
  {
    ...{ table: 'webhook_delivery', key: ['webhook_id', 'event_sequence'], scope: OF_WEBHOOKS },
    counts: 'webhook_deliveries',
    columns: { error: 'text', excerpt: 'text' },
  },
  {
    ...{ table: 'refused_message', key: ['id'], scope: OF_ACCOUNT, counts: 'refused', rows: FEW_ROWS },
    columns: {
      ...{ reverse_path: 'address', recipients: 'json', header_from: 'address', subject: 'text' },
      ...{ reply: 'text', fix: 'text' },
    },
    removes: { octets: ['headers'] },
  },
  {
    ...{ table: 'unverified_report', key: ['id'], scope: OF_ACCOUNT, counts: 'reports', rows: FEW_ROWS },
    columns: { recipient: 'address', why: 'text', reading: 'json' },
    removes: { octets: ['headers'] },
  },
  {
    ...{
      table: 'suppression',
      key: ['account_id', 'address', 'scope', 'reason'],
      textKey: ['address', 'scope', 'reason'],
    },
    ...{ scope: OF_ACCOUNT, counts: 'suppressions', columns: { evidence: 'text' } },
  },
  {
    ...{ table: 'idempotency', key: ['credential_id', 'key'], textKey: ['key'], scope: OF_CREDENTIALS },
    counts: 'others',
    columns: { key: 'text', result: 'json' },
  },
  {
    ...{ table: 'health_state', key: ['account_id', 'stream'], textKey: ['stream'], scope: OF_ACCOUNT },
    ...{ counts: 'others', columns: { reason: 'text' } },
  },
  {
    ...{ table: 'report_count', key: ['since', 'account_id', 'subject'], textKey: ['subject'] },
    ...{ scope: OF_ACCOUNT, counts: 'others', columns: { subject: 'text' }, removes: { octets: [] } },
  },
  {
    ...{ table: 'webhook', key: ['id'], scope: OF_ACCOUNT, counts: 'others' },
    columns: { state_reason: 'text' },
  },
  {
    ...{ table: 'audit_text', key: ['line', 'part'], counts: 'audit_texts', columns: { text: 'text' } },
    scope: `EXISTS (SELECT 1 FROM audit l WHERE l.sequence = audit_text.line AND l.account = :accountId)`,
    removes: { octets: [] },
  },
  // What follows is of no account, and not counted: a count would tell a tenant of others. Replies of remotes often quote an address.
  {
    ...{ table: 'destination_try', key: ['destination_id', 'number', 'part'] },
    columns: { text: 'text' },
  },
  { table: 'destination', key: ['id'], columns: { last_error: 'text' } },
  {
    ...{ table: 'destination_limit', key: ['subject', 'source'], textKey: ['subject', 'source'] },
    ...{ columns: { reply: 'text' } },
  },
  {
    ...{ table: 'source_limit', key: ['source', 'provider'], textKey: ['source', 'provider'] },
    ...{ columns: { reply: 'text' } },
  },
  { table: 'server_event', key: ['sequence'], columns: { data: 'json' } },
  {
    ...{ table: 'check_state', key: ['name'], textKey: ['name'] },
    columns: { detail: 'text', remedy: 'text' },
  },
  {
    ...{ table: 'look_state', key: ['subject'], textKey: ['subject'] },
    columns: { found: 'json' },
  },
  {
    ...{ table: 'suspension', key: ['kind', 'subject'], textKey: ['kind', 'subject'] },
    columns: { reason: 'text' },
  },
];
