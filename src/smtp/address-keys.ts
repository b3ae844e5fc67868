/**
 * How mailboxes are compared. There are two keys, because the two questions have to err on different sides.
 *
 * - May it be sent as? Two mailboxes must not count as one. The authorization key makes equal the quoted forms of a local
 *   part, which RFC 5321 §4.1.2 calls equivalent, and ASCII letters that differ in case; beyond ASCII nothing, since
 *   normalization takes letters for others (RFC 6532 §3.1): a Kelvin sign is no `k`.
 * - Is it suppressed? No spelling must be missed. The suppression key also folds the case of all alphabets and
 *   compatibility forms (NFKC), and leaves out what is not seen; the last two have no place in names (RFC 8264 §4.2.3).
 *   Dots and `+tags` stay: with others it is another mailbox.
 *
 * A key is itself an address, in quotes where it has to be, and its own key: it can be shown, typed and given again.
 */
import { isMailbox, MAX_MAILBOX_OCTETS, parseMailbox, standsUnquoted } from './address.ts';
import type { AddressProblem, Mailbox } from './address.ts';

/** Local parts that nearly all mailboxes have: in ASCII and without quotes, so case is all there is to fold. */
const PLAIN = /^[\x21\x23-\x7e]+$/;
/** The same of an address in its normal form, whose domain is no address literal (`[IPv6:…]` has capitals). */
const PLAIN_ADDRESS = /^[\x21\x23-\x5a\x5e-\x7e]+$/;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
/** NFKC makes 33 octets of three (U+FDFA), nothing grows more; quotes come on top. */
const MAX_KEY_OCTETS = 12 * MAX_MAILBOX_OCTETS;

/** The key under which a sender's address is compared with those that a credential may use. */
export function authorizationKey({ localPart, domain }: Mailbox): string {
  if (PLAIN.test(localPart)) return `${localPart.toLowerCase()}@${domain}`;
  const folded = unquoted(localPart).replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  return `${quotedWhereNeeded(folded, domain)}@${domain}`;
}

/** The key under which a suppression is kept and looked up. */
export function suppressionKey({ localPart, domain }: Mailbox): string {
  if (PLAIN.test(localPart)) return `${localPart.toLowerCase()}@${domain}`;
  return `${quotedWhereNeeded(foldedWidely(unquoted(localPart)), domain)}@${domain}`;
}

/** The authorization key of an address as it is stored; of what is no address, the text. */
export function authorizationKeyOf(address: string): string {
  const mailbox = parseMailbox(address);
  return isMailbox(mailbox) ? authorizationKey(mailbox) : address;
}

/** The suppression key of a recipient as it is stored or reported; of what is no address, the text in lower case. */
export function suppressionKeyOf(address: string): string {
  if (PLAIN_ADDRESS.test(address)) return address.toLowerCase();
  const key = readSuppressionKey(address);
  return typeof key === 'string' ? key : address.toLowerCase();
}

/** The suppression key of an address as somebody types it, or of a key as it was shown, which may be longer. */
export function readSuppressionKey(text: string): string | AddressProblem {
  const mailbox = parseMailbox(text, MAX_KEY_OCTETS);
  return isMailbox(mailbox) ? suppressionKey(mailbox) : mailbox;
}

function unquoted(localPart: string): string {
  return localPart.startsWith('"') ? localPart.slice(1, -1).replace(/\\(.)/gsu, '$1') : localPart;
}

/** The least quoting that the local part can be written with: one form for each, and an at sign in it stays in quotes. */
function quotedWhereNeeded(text: string, domain: string): string {
  return standsUnquoted(text, domain) ? text : `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * Lower case of upper case is what JavaScript has for full case folding (`ß` and `ss`, `ſ` and `s`); the lower case
 * before it is for `ẞ`. Sigma has a form for the end of a word; the i of Turkic alphabets is one with dot or without.
 */
function foldedWidely(text: string): string {
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
