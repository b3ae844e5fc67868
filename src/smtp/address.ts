/**
 * Mailboxes of the envelope; address-keys.ts compares them. No display names, no comments: those belong to the header
 * (message/). RFC 5321 §4.1.2, RFC 6531 §3.3 (UTF-8 local parts and U-labels), RFC 5890.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * A parsed mailbox. `localPart` is as given, including quotes; `domain` is a lower-cased A-label name or an address
 * literal.
 */
export interface Mailbox {
  readonly localPart: string;
  readonly domain: string;
}

export interface AddressProblem {
  readonly problem: string;
}

const ATOM = String.raw`[A-Za-z0-9!#$%&'*+/=?^_\x60{|}~\u0080-\u{10ffff}-]+`;
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u');
/** Consecutive dots and a dot before the at sign. */
const ODD_DOTS = new RegExp(`^${ATOM}(?:\\.+${ATOM})*\\.*$`, 'u');
/**
 * Domains that assigned mailboxes with such dots without quotes, against RFC 5321 §4.1.2: NTT docomo until April
 * 2009, KDDI (ezweb.ne.jp, replaced by au.com in 2018) until September 2009, as both announced; existing mailboxes
 * remain.
 */
const DOMAINS_OF_ODD_DOTS: ReadonlySet<string> = new Set(['docomo.ne.jp', 'ezweb.ne.jp', 'au.com']);
// No control characters in the quoted form: they could split a command line.
const QUOTED_STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u;
// Characters that RFC 6531 allows beyond ASCII but that some readers take for the end of a word or line, or cannot
// encode in UTF-8: control characters, white space, surrogate halves.
const SEPARATOR = /[[\x80-\x9f\p{Z}\p{Cs}]--[ ]]/v;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Octets between the brackets of a path (RFC 5321 §4.5.3.1.3). Local parts longer than the 64 octets of §4.5.3.1.1
 * exist, and §4.5.3.1 asks to avoid limits where possible.
 */
export const MAX_MAILBOX_OCTETS = 254;
/** Octets; RFC 5321 §4.5.3.1.2. */
export const MAX_DOMAIN_OCTETS = 255;

/**
 * Parses `local@domain` without angle brackets; a trailing dot is removed. `maxOctets`: for text that is never sent
 * in an envelope.
 */
export function parseMailbox(text: string, maxOctets: number = MAX_MAILBOX_OCTETS): Mailbox | AddressProblem {
  const at = text.lastIndexOf('@');
  if (at <= 0 || at === text.length - 1) return { problem: 'an address has the form local-part@domain' };
  const localPart = text.slice(0, at);
  const octets = Buffer.byteLength(localPart);
  if (octets >= maxOctets) return tooLong(maxOctets);
  const domain = normalizeDomain(text.slice(at + 1));
  if (domain === undefined) return { problem: 'the domain is malformed' };
  const wellFormed = standsUnquoted(localPart, domain) || QUOTED_STRING.test(localPart);
  if (!wellFormed || SEPARATOR.test(localPart)) return { problem: 'the local part is malformed' };
  if (octets + 1 + domain.length > maxOctets) return tooLong(maxOctets);
  return { localPart, domain };
}

function tooLong(maxOctets: number): AddressProblem {
  return { problem: `an address is longer than ${maxOctets} octets` };
}

export function isMailbox(value: Mailbox | AddressProblem): value is Mailbox {
  return 'localPart' in value;
}

/** True when a local part with these characters needs no quotes at this domain. */
export function standsUnquoted(text: string, domain: string): boolean {
  return DOT_STRING.test(text) || (DOMAINS_OF_ODD_DOTS.has(domain) && ODD_DOTS.test(text));
}

/** Names in normal form, as nearly all are; the letter in the last label excludes IPv4 addresses. */
const NORMAL_DOMAIN =
  /^(?!.*xn--)(?=.{1,255}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The lower-cased A-label form of a domain name, or an address literal; `undefined` for anything else. A trailing
 * root dot, which RFC 5321 §2.3.5 does not allow, is removed.
 */
export function normalizeDomain(text: string): string | undefined {
  if (NORMAL_DOMAIN.test(text)) return text;
  return normalizeUnusualDomain(text.endsWith('.') && !text.startsWith('[') ? text.slice(0, -1) : text);
}

function normalizeUnusualDomain(text: string): string | undefined {
  if (text.startsWith('[')) return normalizeLiteral(text);
  const ascii = domainToASCII(text).toLowerCase();
  if (ascii === '' || ascii.length > MAX_DOMAIN_OCTETS || isIPv4(ascii)) return undefined;
  // domainToASCII parses a URL host, which accepts and rewrites more than domains (percent escapes, for example).
  if (/[\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]/.test(text)) return undefined;
  return ascii.split('.').every((label) => label.length <= 63 && LABEL.test(label)) ? ascii : undefined;
}

function normalizeLiteral(text: string): string | undefined {
  if (!text.endsWith(']')) return undefined;
  const inner = text.slice(1, -1);
  if (isIPv4(inner)) return text;
  const address = /^ipv6:(.*)$/is.exec(inner)?.[1];
  // No zone (`fe80::1%eth0`): it is local to one machine, and RFC 5321 §4.1.3 has none.
  if (address === undefined || !isIPv6(address) || address.includes('%')) return undefined;
  // One spelling of an IPv6 address, that of the URL standard, so that a suppression matches all.
  return `[IPv6:${new URL(`http://[${address}]`).hostname.slice(1, -1)}]`;
}

export function formatMailbox(mailbox: Mailbox): string {
  return `${mailbox.localPart}@${mailbox.domain}`;
}

/** True when the local part needs SMTPUTF8 (RFC 6531). A U-label domain does not: it has an A-label form. */
export function needsSmtpUtf8(mailbox: Mailbox): boolean {
  return /[^\x00-\x7f]/.test(mailbox.localPart);
}
