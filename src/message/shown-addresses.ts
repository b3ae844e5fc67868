/**
 * Finds addresses in display names and comments. Mail programs show those and hide the real address, so an address
 * there passes for the author. RFC 5322 §3.4 allows it; policy decides.
 */
import { isMailbox, parseMailbox, type Mailbox } from '../smtp/address.ts';
import { decodeAllEncodedWords } from './encoded-words.ts';

/** Longer than any name. */
const MAX_CHARACTERS = 4_096;
/** More than fits in a path (RFC 5321 §4.5.3.1.3). */
const MAX_ADDRESS_CHARACTERS = 256;
/** Most names: nothing in them can become an at sign. */
const PLAIN = /^[^@=\u0080-\uffff]*$/;
/**
 * An encoded word in a charset that is not a superset of ASCII: UTF-16 and similar (readers detect the byte order in
 * different ways), EBCDIC. Real names do not use them.
 */
const CHARSET_WITHOUT_ASCII =
  /=\?\s*(?:x-|cs)?(?:utf-?(?:16|32)|ucs|iso-?10646|unicode(?!-1-1-utf-7)|ebcdic|(?:ibm|cp)-?0?(?:0?37|2[789]\d|42[034]|500|87[01]|1026|1047|11[34]\d)(?!\d))/i;
/** Characters that UTS #46 maps to the dot, as left by NFKC. */
const OTHER_DOTS = /\u3002/g;
const WORD_CHARACTER = /[^\s"'(),:;<>@[\]\\]/u;
const END_OF_SENTENCE = /[.!?…]+$/u;

/**
 * The addresses that a reader of `text` (quotes, comments and encoded words as received) sees, full-width letters
 * read as plain ones; `undefined` when something resembles an address and cannot be checked. Linear in `text`.
 */
export function shownAddresses(text: string): readonly Mailbox[] | undefined {
  if (PLAIN.test(text)) return [];
  if (text.length > MAX_CHARACTERS) return undefined;
  const plain = text.replace(/\\(.)/gsu, '$1');
  if (CHARSET_WITHOUT_ASCII.test(plain)) return undefined;
  const seen = decodeAllEncodedWords(plain).normalize('NFKC').replace(OTHER_DOTS, '.');
  const mailboxes: Mailbox[] = [];
  for (let at = seen.indexOf('@'); at >= 0; at = seen.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && WORD_CHARACTER.test(seen.charAt(start - 1))) start--;
    let end = at + 1;
    while (end < seen.length && WORD_CHARACTER.test(seen.charAt(end))) end++;
    if (end - start > MAX_ADDRESS_CHARACTERS) return undefined;
    const found = seen.slice(start, end).replace(END_OF_SENTENCE, '');
    // Without a dot in the domain it is a word with an at sign (`News@Shop`), which nobody takes for an address.
    if (start === at || !found.includes('.', at - start)) continue;
    const mailbox = parseMailbox(found);
    if (!isMailbox(mailbox)) return undefined;
    mailboxes.push(mailbox);
  }
  return mailboxes;
}
