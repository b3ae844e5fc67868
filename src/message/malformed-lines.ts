/**
 * Lines of a header section that are no fields. Readers differ on what they are: the end of the header section, part of
 * the field before, a field whose name holds an odd octet. So the message would read differently here and there, and a
 * signature over it fail; RFC 6376 §3.8 asks for what is well-formed. The `From ` line of a mailbox file, which holds
 * nothing of the message, is dropped; anything else refuses the message.
 */
import { visibleAscii } from '../platform/visible-text.ts';
import { decodeText } from './header-section.ts';

/** Of the line, in the reply. */
const SHOWN_CHARACTERS = 40;
/** Also quoted, as such a file does with lines of a body. */
const MAILBOX_FILE_LINE = /^>*From /;

// Octets that some readers end a line at (VT, FF, FS to RS, and U+0085, U+2028, U+2029 in UTF-8 or ISO 8859-1), with a field
// behind them that says who wrote the message or who else gets it. A program that writes such a field anew makes two of it.
const HIDDEN_FIELD =
  /(?:[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]|(?<![\x80-\xff])\x85)[ \t]*(From|Sender|(?:Resent-)?Bcc)[ \t]*:/i;

/** The name of a field that stands behind what only some readers take for a line end; `undefined`: there is none. */
export function hiddenField(header: Buffer): string | undefined {
  return HIDDEN_FIELD.exec(header.toString('latin1'))?.[1];
}

/** A line that mailbox files (mbox) put before each message; `octets`: a line that is no field. */
export function isMailboxFileLine(octets: Buffer): boolean {
  return MAILBOX_FILE_LINE.test(octets.toString('latin1', 0, SHOWN_CHARACTERS));
}

/** The refusal of a line that is no field, in ASCII: `header` holds it at `start`. */
export function malformedLine(header: Buffer, start: number): string {
  let number = 1;
  for (let at = header.indexOf(0x0a); at !== -1 && at < start; at = header.indexOf(0x0a, at + 1)) number++;
  const end = header.indexOf('\r\n', start);
  const line = decodeText(header.subarray(start, end === -1 ? header.length : end));
  const shown = visibleAscii(line.slice(0, SHOWN_CHARACTERS));
  return `Line ${number} is no header field (an empty line has to stand before the body): ${shown}`;
}
