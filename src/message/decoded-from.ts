/**
 * A From field that consists of encoded words containing the whole mailbox, name and address, as Alertmanager writes
 * a name beyond ASCII. RFC 2047 §5 forbids it, and most readers see no address. It is rewritten when it decodes to
 * the reverse-path, which the client was allowed to use; any other address in it is left unread.
 */
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { authorizationKey } from '../smtp/address-keys.ts';
import { formatMailbox, needsSmtpUtf8, type Mailbox } from '../smtp/address.ts';
import { decodeAllEncodedWords } from './encoded-words.ts';
import { parseHeaderFrom } from './header-from.ts';
import { decodeText } from './header-section.ts';
import { shownAddresses } from './shown-addresses.ts';

const MAX_CHARACTERS = 2_000;
const ENCODED_WORDS_ALONE = /^[ \t]*(?:=\?[^?\s]+\?[bq]\?[^?\s]*\?=[ \t]*)+$/i;
/** Octets of an encoded word's text; with charset and delimiters it stays under 75 (RFC 2047 §2). */
const WORD_OCTETS = 52;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** The value, folded where it is long, with its leading space; `undefined`: it does not decode to `reversePath`. */
export function decodedFrom(value: Uint8Array, reversePath: Mailbox): string | undefined {
  const text = decodeText(value).replaceAll('\r\n', '');
  if (text.length > MAX_CHARACTERS || !ENCODED_WORDS_ALONE.test(text)) return undefined;
  // Also rejects charsets that readers decode in different ways.
  const shown = shownAddresses(text);
  if (shown?.length !== 1 || needsSmtpUtf8(reversePath)) return undefined;
  const decoded = decodeAllEncodedWords(text).trim();
  const read = decoded.includes('=?') ? [] : parseHeaderFrom(Buffer.from(decoded));
  if ('problem' in read || read.length !== 1) return undefined;
  const author = read[0] as Mailbox;
  if (authorizationKey(author) !== authorizationKey(reversePath)) return undefined;
  const name = nameOf(decoded);
  const address = formatMailbox(author);
  return name === '' ? ` ${address}` : ` ${written(name)} <${address}>`;
}

function nameOf(decoded: string): string {
  const name = decoded.slice(0, Math.max(0, decoded.lastIndexOf('<'))).trim();
  const inQuotes = name.length > 1 && name.startsWith('"') && name.endsWith('"');
  return inQuotes ? name.slice(1, -1).replace(/\\(.)/gsu, '$1') : name;
}

function written(name: string): string {
  if (PRINTABLE.test(name)) return `"${name.replace(/["\\]/g, '\\$&')}"`;
  return encodeWord(name, 'Q', WORD_OCTETS).replaceAll('?= =?', '?=\r\n =?');
}
