/**
 * The From field of a message as it will leave, which is the one that authorization judges and DKIM signs: as it came where it
 * can be read, else mended where one author is beyond doubt (repair-from.ts, decoded-from.ts, complete-from.ts).
 *
 * The notices that a satellite's own mail system writes (`MAILER-DAEMON@web1.localdomain`, dma's `MAILER-DAEMON <>`, with the
 * null reverse-path) get an author who may be one, so that whoever waits for them hears of the failure. What the field said is
 * kept in X-Original-From. RFC 6409 §8.8.
 */
import type { Mailbox } from '../smtp/address.ts';
import { formatMailbox } from '../smtp/address.ts';
import { completeFrom } from './complete-from.ts';
import { decodedFrom } from './decoded-from.ts';
import { summarize } from './encoded-words.ts';
import { parseHeaderFrom, type HeaderFromProblem } from './header-from.ts';
import { fieldText, fieldValue, type HeaderField } from './header-section.ts';
import { isOwnNotice } from './own-notice.ts';
import { repairFrom } from './repair-from.ts';

export interface AuthorContext {
  /** What an incomplete From is completed from; `undefined`: it is refused. */
  readonly reversePath?: Mailbox | undefined;
  /**
   * Asked about notices alone, with who they say they are from (nobody, where that cannot be read): who they are from instead.
   * `undefined`, or none to ask: they stay as they are. May throw what the store throws.
   */
  readonly noticeAuthor?: ((given: readonly Mailbox[]) => Mailbox | undefined) | undefined;
}

export interface Author {
  readonly headerFrom: readonly Mailbox[] | HeaderFromProblem;
  /** Stands in place of the field; `undefined`: it stays octet for octet. */
  readonly written?: Buffer | undefined;
  /** What From said before a notice got another, decoded for people; `undefined`: it was not changed so. */
  readonly originalFrom?: string | undefined;
}

const MAX_ORIGINAL_CHARACTERS = 200;
const CRLF = '\r\n';

/** `field`: the From field, one of `fields`, the message's. */
export function readAuthor(
  buffer: Buffer,
  field: HeaderField,
  fields: readonly HeaderField[],
  { reversePath, noticeAuthor }: AuthorContext,
): Author {
  const author = readField(buffer, field, reversePath);
  if (noticeAuthor === undefined) return author;
  const authors = 'problem' in author.headerFrom ? undefined : author.headerFrom;
  if (!isOwnNotice(buffer, fields, field, authors)) return author;
  const instead = noticeAuthor(authors ?? []);
  if (instead === undefined) return author;
  const from = `From: Mail Delivery System <${formatMailbox(instead)}>${CRLF}X-Original-From:`;
  const written = [Buffer.from(from), fieldValue(buffer, field), Buffer.from(CRLF)];
  return {
    headerFrom: [instead],
    written: Buffer.concat(written),
    originalFrom: summarize(fieldText(buffer, field), MAX_ORIGINAL_CHARACTERS),
  };
}

function readField(buffer: Buffer, field: HeaderField, reversePath: Mailbox | undefined): Author {
  const value = fieldValue(buffer, field);
  const headerFrom = parseHeaderFrom(value);
  if (!('problem' in headerFrom)) return { headerFrom };
  const mended = mend(value, reversePath);
  if (mended === undefined) return { headerFrom };
  const read = parseHeaderFrom(Buffer.from(mended));
  if ('problem' in read || read.length > 1) return { headerFrom };
  const name = buffer.subarray(field.start, field.valueStart);
  return { headerFrom: read, written: Buffer.concat([name, Buffer.from(mended + CRLF)]) };
}

function mend(value: Uint8Array, reversePath: Mailbox | undefined): string | undefined {
  const repaired = repairFrom(value);
  if (repaired !== undefined || reversePath === undefined) return repaired;
  const decoded = decodedFrom(value, reversePath);
  if (decoded !== undefined) return decoded;
  const completed = completeFrom(value, reversePath);
  if (completed === undefined) return undefined;
  const octets = Buffer.from(completed);
  return 'problem' in parseHeaderFrom(octets) ? repairFrom(octets) : completed;
}
