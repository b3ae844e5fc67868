/**
 * The value of a field that a client adds, as it is written. ASCII passes as it stands, whatever the field: what a program
 * reads (a list's id, an address, JSON) is none any more in an encoded word. Characters beyond ASCII become encoded words
 * where RFC 2047 §5 has them: in the names of address and list fields, in comments, in unstructured fields; elsewhere they
 * are a mistake.
 */
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { formatMailbox, isMailbox, needsSmtpUtf8, parseMailbox } from '../smtp/address.ts';

export interface FieldValueProblem {
  readonly problem: string;
}

/** Addresses, perhaps with names: RFC 8098 §2.1 and what is in use. */
const ADDRESSES: ReadonlySet<string> = new Set([
  ...['disposition-notification-to', 'return-receipt-to', 'read-receipt-to', 'x-confirm-reading-to'],
  ...['errors-to', 'mail-followup-to', 'mail-reply-to', 'apparently-to'],
]);
/** Phrases and comments beside what programs read: RFC 2369 §2, RFC 2919 §3, RFC 5322 §3.6.5. */
const PHRASES: ReadonlySet<string> = new Set([
  ...[
    'list-id',
    'list-help',
    'list-unsubscribe',
    'list-subscribe',
    'list-post',
    'list-owner',
    'list-archive',
  ],
  'keywords',
]);
/** Structured, without a phrase. Any other field is unstructured (RFC 5322 §3.6.8). */
const PROGRAMS_ALONE: ReadonlySet<string> = new Set([
  ...['in-reply-to', 'references', 'auto-submitted', 'list-unsubscribe-post', 'feedback-id', 'x-smtpapi'],
  ...['precedence', 'importance', 'priority', 'x-priority', 'sensitivity', 'tls-required', 'mt-priority'],
  ...['autocrypt', 'openpgp', 'archived-at', 'message-context', 'expires', 'x-auto-response-suppress'],
]);

const NON_ASCII = /[^\x00-\x7f]/;
/** A field is folded from here on. */
const FOLD_AT = 76;
/** Octets of an encoded word's text; with charset and marks it is under 75 (RFC 2047 §2). */
const WORD_OCTETS = 52;
/** So many blanks would make a line of their own when the field is folded. */
const MANY_BLANKS = /[ \t]{30,}/g;
// A quoted string, what is in angle brackets, white space and separators, or a word. Never empty.
const PART = /"(?:[^"\\]|\\.)*"|<[^<>]*>|[ \t,;:()]+|[^ \t,;:()"<>]+|./gsu;
const ENDS_WORD = /[ \t,;:()]$/;
const STARTS_WORD = /^[^ \t,;:)]/;
const WORDS_BEYOND_ASCII = /[^ \t]*[^\x00-\x7f][^ \t]*(?:[ \t]+[^ \t]*[^\x00-\x7f][^ \t]*)*/gu;

/** Without the name, on one line, ASCII. */
export function writeFieldValue(name: string, given: string): string | FieldValueProblem {
  const value = given.trim().replace(MANY_BLANKS, ' ');
  if (!NON_ASCII.test(value)) return value;
  const lower = name.toLowerCase();
  if (PROGRAMS_ALONE.has(lower)) return { problem: 'holds characters beyond ASCII, which this field cannot' };
  if (ADDRESSES.has(lower)) return writePhrases(value, true);
  if (PHRASES.has(lower)) return writePhrases(value, false);
  return writeText(value);
}

/** With its line end; folded at white space. */
export function foldedField(name: string, value: string): string {
  const line = `${name}: ${value}`;
  return `${line.length < FOLD_AT ? line : foldLines(line, FOLD_AT)}\r\n`;
}

/** Runs of words beyond ASCII, the blanks in them included: those between two encoded words are not read. */
function writeText(value: string): string {
  return value.replace(WORDS_BEYOND_ASCII, encoded);
}

function writePhrases(value: string, withAddresses: boolean): string | FieldValueProblem {
  let out = '';
  // Words beyond ASCII that follow each other, and the white space after them.
  let run = '';
  let blanks = '';
  const write = (part: string) => {
    if (run !== '') {
      if (out !== '' && !ENDS_WORD.test(out)) out += ' ';
      out += encoded(run);
      if (blanks === '' && STARTS_WORD.test(part)) out += ' ';
    }
    out += blanks + part;
    run = blanks = '';
  };
  for (const [part] of value.matchAll(PART)) {
    if (run !== '' && part.trim() === '') {
      blanks += part;
    } else if (!NON_ASCII.test(part)) {
      write(part);
    } else if (part.startsWith('<') || (withAddresses && part.includes('@') && !part.startsWith('"'))) {
      const address = withAddresses ? writeAddress(part) : undefined;
      if (address === undefined)
        return { problem: 'holds characters beyond ASCII outside of a name, where this field cannot' };
      write(address);
    } else {
      run += blanks + (part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/gsu, '$1') : part);
      blanks = '';
    }
  }
  write('');
  return out;
}

/** With its domain as an A-label, in brackets as given. */
function writeAddress(part: string): string | undefined {
  const inBrackets = part.startsWith('<');
  const mailbox = parseMailbox(inBrackets ? part.slice(1, -1).trim() : part);
  if (!isMailbox(mailbox) || needsSmtpUtf8(mailbox)) return undefined;
  return inBrackets ? `<${formatMailbox(mailbox)}>` : formatMailbox(mailbox);
}

function encoded(text: string): string {
  return encodeWord(text, 'Q', WORD_OCTETS);
}
