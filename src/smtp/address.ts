/**
 * Mailboxes of the envelope; how they are compared is address-keys.ts. No display names, no comments: that is the header's
 * business (message/). RFC 5321 §4.1.2, RFC 6531 §3.3 (UTF-8 local parts and U-labels), RFC 5890.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A parsed mailbox. `localPart` is as given (quotes included); `domain` is the lower-cased A-label form or an address literal. */
export interface Mailbox {
  readonly localPart: string;
  readonly domain: string;
}

export interface AddressProblem {
  readonly problem: string;
}

const ATOM = String.raw`[A-Za-z0-9!#$%&'*+/=?^_\x60{|}~\u0080-\u{10ffff}-]+`;
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u');
/** Dots one after the other and before the at sign. */
const ODD_DOTS = new RegExp(`^${ATOM}(?:\\.+${ATOM})*\\.*$`, 'u');
/**
 * Domains whose mailboxes have such dots without quotes, against RFC 5321 §4.1.2: NTT docomo gave them out until April 2009,
 * KDDI (ezweb.ne.jp, au.com in its place since 2018) until September 2009, as both announced; those who had one kept it.
 */
const DOMAINS_OF_ODD_DOTS: ReadonlySet<string> = new Set(['docomo.ne.jp', 'ezweb.ne.jp', 'au.com']);
// Control characters are excluded from the quoted form: they could split a command line.
const QUOTED_STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u;
// What RFC 6531 lets pass beyond ASCII and some reader takes for the end of a word or a line, or cannot write in UTF-8:
// control characters, white space, half surrogates.
const SEPARATOR = /[[\x80-\x9f\p{Z}\p{Cs}]--[ ]]/v;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Octets, what fits between the brackets of a path (RFC 5321 §4.5.3.1.3). Local parts of more than the 64 that §4.5.3.1.1
 * promises exist, and §4.5.3.1 has no limit where it can be avoided.
 */
export const MAX_MAILBOX_OCTETS = 254;
/** Octets; RFC 5321 §4.5.3.1.2. */
export const MAX_DOMAIN_OCTETS = 255;

/** Parses `local@domain` without angle brackets; a dot at the end goes. `maxOctets`: for what is never sent in an envelope. */
export function parseMailbox(text: string, maxOctets: number = MAX_MAILBOX_OCTETS): Mailbox | AddressProblem {
  const at = text.lastIndexOf('@');
  if (at <= 0 || at === text.length - 1) return { problem: 'an address has the form local-part@domain' };
  const localPart = text.slice(0, at);
  const octets = Buffer.byteLength(localPart);
  const tooLong = { problem: `an address is longer than ${maxOctets} octets` };
  if (octets >= maxOctets) return tooLong;
  const domain = normalizeDomain(text.slice(at + 1));
  if (domain === undefined) return { problem: 'the domain is malformed' };
  const wellFormed = standsUnquoted(localPart, domain) || QUOTED_STRING.test(localPart);
  if (!wellFormed || SEPARATOR.test(localPart)) return { problem: 'the local part is malformed' };
  if (octets + 1 + domain.length > maxOctets) return tooLong;
  return { localPart, domain };
}

export function isMailbox(value: Mailbox | AddressProblem): value is Mailbox {
  return 'localPart' in value;
}

/** Whether a local part with these characters needs no quotes at this domain. */
export function standsUnquoted(text: string, domain: string): boolean {
  return DOT_STRING.test(text) || (DOMAINS_OF_ODD_DOTS.has(domain) && ODD_DOTS.test(text));
}

/** Names that are their own normal form, as nearly all are; the last label's letter keeps IPv4 addresses out. */
const NORMAL_DOMAIN =
  /^(?!.*xn--)(?=.{1,255}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The lower-cased A-label form of a domain name or an address literal; `undefined` when it is neither. The dot of the root at
 * the end, which RFC 5321 §2.3.5 does not have and some write, is left out.
 */
export function normalizeDomain(text: string): string | undefined {
  if (NORMAL_DOMAIN.test(text)) return text;
  return normalizeUnusualDomain(text.endsWith('.') && !text.startsWith('[') ? text.slice(0, -1) : text);
}

function normalizeUnusualDomain(text: string): string | undefined {
  if (text.startsWith('[')) return normalizeLiteral(text);
  const ascii = domainToASCII(text).toLowerCase();
  if (ascii === '' || ascii.length > MAX_DOMAIN_OCTETS || isIPv4(ascii)) return undefined;
  // domainToASCII parses as a URL host, which accepts and rewrites more than a domain (percent escapes for one).
  if (/[\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]/.test(text)) return undefined;
  return ascii.split('.').every((label) => label.length <= 63 && LABEL.test(label)) ? ascii : undefined;
}

function normalizeLiteral(text: string): string | undefined {
  if (!text.endsWith(']')) return undefined;
  const inner = text.slice(1, -1);
  if (isIPv4(inner)) return text;
  const address = /^ipv6:(.*)$/is.exec(inner)?.[1];
  // No zone (`fe80::1%eth0`): it means something on one machine only, and RFC 5321 §4.1.3 has none.
  if (address === undefined || !isIPv6(address) || address.includes('%')) return undefined;
  // One of the many spellings of an IPv6 address, that of the URL standard: a suppression holds for all.
  return `[IPv6:${new URL(`http://[${address}]`).hostname.slice(1, -1)}]`;
}

export function formatMailbox(mailbox: Mailbox): string {
  return `${mailbox.localPart}@${mailbox.domain}`;
}

/** True when the local part needs SMTPUTF8 (RFC 6531); a U-label domain does not, it has an A-label form. */
export function needsSmtpUtf8(mailbox: Mailbox): boolean {
  return /[^\x00-\x7f]/.test(mailbox.localPart);
}
