/**
 * Comparison of mailboxes. There are two keys, because the two questions must err on different sides.
 *
 * - Authorization: two mailboxes must never count as one. The authorization key equates the quoted forms of a local
 * part, which RFC 5321 §4.1.2 calls equivalent, and ASCII letters that differ in case; nothing beyond ASCII, because
 * normalization maps letters to others (RFC 6532 §3.1): a Kelvin sign is not `k`.
 * - Suppression: no spelling may be missed. The suppression key also folds the case of all alphabets and
 * compatibility forms (NFKC) and drops invisible characters; the last two have no place in names (RFC 8264 §4.2.3).
 * Dots and `+tags` stay: they make a different mailbox.
 *
 * A key is itself an address, quoted where necessary, and its own key: it can be shown, typed and given again.
 */
import { isMailbox, MAX_MAILBOX_OCTETS, parseMailbox, standsUnquoted } from './address.ts';
import type { AddressProblem, Mailbox } from './address.ts';

/** Local parts of nearly all mailboxes: ASCII without quotes, where only case needs folding. */
const PLAIN = /^[\x21\x23-\x7e]+$/;
/** The same for a normalized address whose domain is not an address literal (`[IPv6:…]` has capitals). */
const PLAIN_ADDRESS = /^[\x21\x23-\x5a\x5e-\x7e]+$/;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
/** NFKC makes 33 octets of three (U+FDFA), the largest growth; quotes come on top. */
const MAX_KEY_OCTETS = 12 * MAX_MAILBOX_OCTETS;

/** Key for comparing a sender's address with those a credential may use. */
export function authorizationKey({ localPart, domain }: Mailbox): string {
  if (PLAIN.test(localPart)) return `${localPart.toLowerCase()}@${domain}`;
  const folded = unquoted(localPart).replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  return `${quotedWhereNeeded(folded, domain)}@${domain}`;
}

/** Key under which a suppression is stored and looked up. */
export function suppressionKey({ localPart, domain }: Mailbox): string {
  if (PLAIN.test(localPart)) return `${localPart.toLowerCase()}@${domain}`;
  return `${quotedWhereNeeded(foldedWidely(unquoted(localPart)), domain)}@${domain}`;
}

/** The authorization key of a stored address; text that is not an address is returned unchanged. */
export function authorizationKeyOf(address: string): string {
  const mailbox = parseMailbox(address);
  return isMailbox(mailbox) ? authorizationKey(mailbox) : address;
}

/** The suppression key of a stored or reported recipient; text that is not an address in lower case. */
export function suppressionKeyOf(address: string): string {
  if (PLAIN_ADDRESS.test(address)) return address.toLowerCase();
  const key = readSuppressionKey(address);
  return typeof key === 'string' ? key : address.toLowerCase();
}

/** The suppression key of an address as typed, or of a displayed key, which may be longer. */
export function readSuppressionKey(text: string): string | AddressProblem {
  const mailbox = parseMailbox(text, MAX_KEY_OCTETS);
  return isMailbox(mailbox) ? suppressionKey(mailbox) : mailbox;
}

function unquoted(localPart: string): string {
  return localPart.startsWith('"') ? localPart.slice(1, -1).replace(/\\(.)/gsu, '$1') : localPart;
}

/** The local part with the least quoting: one form for each; an at sign stays in quotes. */
function quotedWhereNeeded(text: string, domain: string): string {
  return standsUnquoted(text, domain) ? text : `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * JavaScript has no full case folding; lower case of upper case is close (`ß` and `ss`, `ſ` and `s`), and lower case
 * first covers `ẞ`. Sigma has a final form; the Turkic alphabets have an i with and without a dot.
 */
export function foldedWidely(text: string): string {
  return text
    .replace(IGNORABLE, '')
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
    .replace(/i\u0307+/g, 'i')
    .normalize('NFKC');
}
