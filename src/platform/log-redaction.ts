/**
 * Takes personal data out of log lines, where the configuration wants that (`log.redact`): each address becomes `h:`, eight characters
 * of a keyed hash, and its domain, so that lines about one person can still be put together; subjects go. In every field, whatever it
 * is called: replies of remotes quote addresses. Constant words of a line stay.
 */
import { base32 } from './ids.ts';
import type { LogFields, LogValue } from './log.ts';

export type Redacted = 'addresses' | 'subjects';
export const REDACTED = ['addresses', 'subjects'] as const satisfies readonly Redacted[];

export interface RedactionOptions {
  /** Read at each line; may change. */
  readonly kinds: readonly Redacted[];
  /** HMAC-SHA-256 under a key of the relay: the same in all of its threads. */
  readonly hmac: (text: string) => Uint8Array;
}

export interface Redaction {
  readonly fields: (fields: LogFields) => LogFields;
  readonly text: (text: string) => string;
}

const HASH_CHARS = 8;
/** A local part, quoted or with anything that ends no word, and a domain or an address in brackets; in a link too. */
const ADDRESS =
  /(?:"(?:[^"\\]|\\.)*"|[^\s<>()[\],;:"@]+)(?:@|%40)(?:\[[^\]\s]*\]|[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}_])?)/gu;
const SUBJECT = 'subject';

export function createRedaction(options: RedactionOptions): Redaction {
  const hashed = (address: string) => {
    const at = address.includes('@') ? address.lastIndexOf('@') : address.lastIndexOf('%40');
    const domain = address.slice(at).replace(/^(?:@|%40)/, '');
    const key = `log ${address.slice(0, at)}@${domain}`.toLowerCase();
    return `h:${base32(options.hmac(key)).slice(0, HASH_CHARS)}@${domain}`;
  };
  const text = (value: string) =>
    options.kinds.includes('addresses') && /@|%40/.test(value) ? value.replace(ADDRESS, hashed) : value;
  const value = (one: LogValue): LogValue => {
    if (typeof one === 'string') return text(one);
    return Array.isArray(one) ? (one as readonly string[]).map(text) : one;
  };
  return {
    text,
    fields(fields) {
      if (options.kinds.length === 0) return fields;
      const kept = options.kinds.includes('subjects')
        ? Object.entries(fields).filter(([name]) => name !== SUBJECT)
        : Object.entries(fields);
      return Object.fromEntries(kept.map(([name, one]) => [name, value(one)]));
    },
  };
}
