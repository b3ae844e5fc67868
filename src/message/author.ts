/**
 * The From field of a message as it leaves the relay, which is the one that authorization checks and DKIM signs:
 * unchanged where it can be parsed, else repaired where the author is unambiguous (repair-from.ts, decoded-from.ts,
 * complete-from.ts).
 *
 * Notices of a satellite's own mail system (`MAILER-DAEMON@web1.localdomain`, dma's `MAILER-DAEMON <>`, with the null
 * reverse-path) get an author that is allowed, so that their recipients learn of the failure. The original value is
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
  /** Completes an incomplete From; `undefined`: such a From is refused. */
  readonly reversePath?: Mailbox | undefined;
  /**
   * Called for notices only, with their authors (none if unreadable); returns the author to use instead. `undefined`,
   * or no function: unchanged. May throw errors of the store.
   */
  readonly noticeAuthor?: ((given: readonly Mailbox[]) => Mailbox | undefined) | undefined;
}

export interface Author {
  readonly headerFrom: readonly Mailbox[] | HeaderFromProblem;
  /** Replaces the field; `undefined`: it is kept octet for octet. */
  readonly written?: Buffer | undefined;
  /** The decoded From of a notice whose author was replaced; `undefined`: not replaced. */
  readonly originalFrom?: string | undefined;
}

const MAX_ORIGINAL_CHARACTERS = 200;
const CRLF = '\r\n';

/** `field`: the From field, one of `fields`, the message's fields. */
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
