/**
 * Encodes the value of a field that a client adds. ASCII passes unchanged in every field: values that programs read
 * (a list's id, an address, JSON) must not become encoded words. Characters beyond ASCII become encoded words where
 * RFC 2047 §5 allows them: in the names of address and list fields, in comments, in unstructured fields. Elsewhere
 * they are an error.
 */
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { formatMailbox, isMailbox, needsSmtpUtf8, parseMailbox } from '../smtp/address.ts';

export interface FieldValueProblem {
  readonly problem: string;
}

/** Address fields, names allowed: RFC 8098 §2.1 and common practice. */
const ADDRESSES: ReadonlySet<string> = new Set([
  ...['disposition-notification-to', 'return-receipt-to', 'read-receipt-to', 'x-confirm-reading-to'],
  ...['errors-to', 'mail-followup-to', 'mail-reply-to', 'apparently-to'],
]);
/** Fields with phrases and comments: RFC 2369 §2, RFC 2919 §3, RFC 5322 §3.6.5. */
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
/** Structured fields without a phrase. Any other field is unstructured (RFC 5322 §3.6.8). */
const PROGRAMS_ALONE: ReadonlySet<string> = new Set([
  ...['in-reply-to', 'references', 'auto-submitted', 'list-unsubscribe-post', 'feedback-id', 'x-smtpapi'],
  ...['precedence', 'importance', 'priority', 'x-priority', 'sensitivity', 'tls-required', 'mt-priority'],
  ...['autocrypt', 'openpgp', 'archived-at', 'message-context', 'expires', 'x-auto-response-suppress'],
]);

const NON_ASCII = /[^\x00-\x7f]/;
/** Longer fields are folded. */
const FOLD_AT = 76;
/** Octets of an encoded word's text; with charset and delimiters it stays under 75 (RFC 2047 §2). */
const WORD_OCTETS = 52;
/** A run of blanks that would become a line of its own when the field is folded. */
const MANY_BLANKS = /[ \t]{30,}/g;
// A quoted string, text in angle brackets, white space and separators, or a word. Never empty.
const PART = /"(?:[^"\\]|\\.)*"|<[^<>]*>|[ \t,;:()]+|[^ \t,;:()"<>]+|./gsu;
const ENDS_WORD = /[ \t,;:()]$/;
const STARTS_WORD = /^[^ \t,;:)]/;
const WORDS_BEYOND_ASCII = /[^ \t]*[^\x00-\x7f][^ \t]*(?:[ \t]+[^ \t]*[^\x00-\x7f][^ \t]*)*/gu;

/** Without the name, on one line, ASCII. */
export function writeFieldValue(name: string, given: string): string | FieldValueProblem {
  const value = given.trim().replace(MANY_BLANKS, ' ');
  if (!NON_ASCII.test(value)) return value;
  const lower = name.toLowerCase();
  if (PROGRAMS_ALONE.has(lower))
    return { problem: 'contains characters beyond ASCII, which this field does not allow' };
  if (ADDRESSES.has(lower)) return writePhrases(value, true);
  if (PHRASES.has(lower)) return writePhrases(value, false);
  return writeText(value);
}

/** With its line end; folded at white space. */
export function foldedField(name: string, value: string): string {
  const line = `${name}: ${value}`;
  return `${line.length < FOLD_AT ? line : foldLines(line, FOLD_AT)}\r\n`;
}

/**
 * Encodes runs of words beyond ASCII including the blanks between them: blanks between two encoded words are not
 * displayed.
 */
function writeText(value: string): string {
  return value.replace(WORDS_BEYOND_ASCII, encoded);
}

function writePhrases(value: string, withAddresses: boolean): string | FieldValueProblem {
  let out = '';
  // Consecutive words beyond ASCII and the white space after them.
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
        return {
          problem: 'contains characters beyond ASCII outside a name, which this field does not allow',
        };
      write(address);
    } else {
      run += blanks + (part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/gsu, '$1') : part);
      blanks = '';
    }
  }
  write('');
  return out;
}

/** In brackets as given, the domain as an A-label. */
function writeAddress(part: string): string | undefined {
  const inBrackets = part.startsWith('<');
  const mailbox = parseMailbox(inBrackets ? part.slice(1, -1).trim() : part);
  if (!isMailbox(mailbox) || needsSmtpUtf8(mailbox)) return undefined;
  return inBrackets ? `<${formatMailbox(mailbox)}>` : formatMailbox(mailbox);
}

function encoded(text: string): string {
  return encodeWord(text, 'Q', WORD_OCTETS);
}
