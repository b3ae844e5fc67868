/**
 * Lines of a header section that are not fields. Readers differ on them: the end of the header section, part of the
 * previous field, a field whose name contains an odd octet. The message would then read differently in places and its
 * signature fail; RFC 6376 §3.8 asks for well-formed input. The `From ` line of a mailbox file, which is not part of
 * the message, is dropped; anything else refuses the message.
 */
import { visibleAscii } from '../platform/visible-text.ts';
import { decodeText } from './header-section.ts';

/** Characters of the line in the reply. */
const SHOWN_CHARACTERS = 40;
/** Also quoted, as mailbox files do in bodies. */
const MAILBOX_FILE_LINE = /^>*From /;

// Octets that some readers take for a line end (VT, FF, FS to RS, and U+0085, U+2028, U+2029 in UTF-8 or ISO 8859-1),
// followed by a field with an author or recipients. A program that rewrites such a field makes two of it.
const HIDDEN_FIELD =
  /(?:[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]|(?<![\x80-\xff])\x85)[ \t]*(From|Sender|(?:Resent-)?Bcc)[ \t]*:/i;

/** The name of a field behind an octet that only some readers take for a line end; `undefined`: none. */
export function hiddenField(header: Buffer): string | undefined {
  return HIDDEN_FIELD.exec(header.toString('latin1'))?.[1];
}

/** The line before each message of a mailbox file (mbox); `octets`: a line that is not a field. */
export function isMailboxFileLine(octets: Buffer): boolean {
  return MAILBOX_FILE_LINE.test(octets.toString('latin1', 0, SHOWN_CHARACTERS));
}

/** The refusal of a malformed line, in ASCII; `header` contains it at `start`. */
export function malformedLine(header: Buffer, start: number): string {
  let number = 1;
  for (let at = header.indexOf(0x0a); at !== -1 && at < start; at = header.indexOf(0x0a, at + 1)) number++;
  const end = header.indexOf('\r\n', start);
  const line = decodeText(header.subarray(start, end === -1 ? header.length : end));
  const shown = visibleAscii(line.slice(0, SHOWN_CHARACTERS));
  return `Line ${number} is no header field (an empty line has to stand before the body): ${shown}`;
}
