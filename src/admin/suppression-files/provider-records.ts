/**
 * Suppressions as other providers write them, as rows of an import. Forms: what their APIs list and their consoles export, as their
 * documents say (Amazon SES API v2 and its bulk import, SendGrid v3, Postmark, Mailgun v3; looked at in November 2026).
 */
import type { ImportRow } from '../suppression-import.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import type { SuppressionReason } from '../../store/suppression-records.ts';
import { providerTimeMs } from './provider-times.ts';

export const PROVIDERS = ['ses', 'sendgrid', 'postmark', 'mailgun'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Keys in lower case. */
export type ProviderRecord = Readonly<Record<string, unknown>>;

/** Columns of a file without a header. */
export const COLUMNS_WITHOUT_HEADER: Readonly<Record<Provider, readonly string[]>> = {
  ses: ['emailaddress', 'reason'],
  sendgrid: ['email'],
  postmark: ['emailaddress'],
  mailgun: ['address'],
};
/** Where a whole document has its list, in lower case. */
export const LISTS = ['suppresseddestinationsummaries', 'suppressions', 'items', 'result'] as const;

/** `reason`: for what the record leaves open; `undefined`: as that provider's lists mostly are. */
export function rowOfProvider(
  provider: Provider,
  record: ProviderRecord,
  reason?: SuppressionReason,
): ImportRow {
  const said = READERS[provider](record);
  return withoutEmpty({ ...said, reason: reason ?? said.reason });
}

type Read = { readonly [K in keyof ImportRow]?: string | undefined };

const READERS: Readonly<Record<Provider, (record: ProviderRecord) => Read>> = {
  ses: (record) => ({
    address: textOf(record['emailaddress']),
    reason: /^complaint$/i.test(textOf(record['reason']) ?? '') ? 'complaint' : 'unknown-address',
    created_at: timeOf(record['lastupdatetime']),
  }),
  // Its lists differ by their fields: bounces, blocks and invalid addresses have a reply, complaints an address of the network.
  sendgrid: (record) => ({
    address: textOf(record['email']),
    reason: sendgridReason(record),
    created_at: timeOf(record['created'] ?? record['created_at']),
    evidence: joined(record['status'], record['reason']),
  }),
  postmark: (record) => ({
    address: textOf(record['emailaddress']),
    reason: postmarkReason(record),
    created_at: timeOf(record['createdat']),
  }),
  mailgun: (record) => ({
    address: textOf(record['address']),
    reason: mailgunReason(record),
    created_at: timeOf(record['created_at'] ?? record['createdat']),
    evidence: joined(record['code'], record['error']),
  }),
};

/** A block is about the sender, and says nothing of the address. */
function sendgridReason(record: ProviderRecord): SuppressionReason {
  const status = textOf(record['status']) ?? '';
  const reply = textOf(record['reason']) ?? '';
  if (status === '' && reply === '') return record['ip'] === undefined ? 'unsubscribe' : 'complaint';
  return /^5\.1\.(?:[1236]|10)$/.test(status) || /\b5\.1\.(?:[1236]|10)\b/.test(reply)
    ? 'unknown-address'
    : 'import';
}

function postmarkReason(record: ProviderRecord): SuppressionReason {
  switch (textOf(record['suppressionreason'])?.toLowerCase()) {
    case 'hardbounce':
      return 'unknown-address';
    case 'spamcomplaint':
      return 'complaint';
    default:
      return textOf(record['origin'])?.toLowerCase() === 'recipient' ? 'unsubscribe' : 'manual';
  }
}

/** Its list of bounces has permanent ones alone. */
function mailgunReason(record: ProviderRecord): SuppressionReason {
  if ('code' in record || 'error' in record) return 'unknown-address';
  return 'tags' in record || 'tag' in record ? 'unsubscribe' : 'complaint';
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function joined(...parts: readonly unknown[]): string | undefined {
  const texts = parts.map(textOf).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join(' ');
}

/** RFC 3339; what is no time goes on as it is, to be refused by name. */
function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  const atMs = text === undefined ? undefined : providerTimeMs(text);
  if (atMs === undefined) return undefined;
  return Number.isNaN(atMs) ? text : timestamp(atMs);
}

function withoutEmpty(row: Read): ImportRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
