/**
 * Changes to and checks of the header section of an accepted message (RFC 6409 §8, RFC 5322 §3.6, RFC 5321 §6.3 for
 * loops, RFC 6758 for MT-Priority). New lines go on top; Bcc, Resent-Bcc, Return-Path, MT-Priority, X-Relay-* and the `From ` lines of mailbox files (not
 * header fields) are removed; a From field may be rewritten (author.ts); every other octet is kept.
 *
 * A blank Message-ID or Date counts as missing and is replaced.
 */
import { ID_BODY_LENGTH } from '../platform/ids.ts';
import type { Mailbox } from '../smtp/address.ts';
import { readAuthor, type Author, type AuthorContext } from './author.ts';
import { CONTROL_PREFIX, parseControlHeaders } from './control-headers.ts';
import type { ControlHeaders } from './control-headers.ts';
import { formatDateTime } from './date-time.ts';
import { summarize } from './encoded-words.ts';
import { parseHeaderFrom, type HeaderFromProblem } from './header-from.ts';
import { asBuffer, fieldText, fieldValue, parseHeaderSection } from './header-section.ts';
import type { HeaderField } from './header-section.ts';
import { hiddenField, isMailboxFileLine, malformedLine } from './malformed-lines.ts';
import { shownAddresses } from './shown-addresses.ts';

/** More indicates a loop. */
export const MAX_RECEIVED_FIELDS = 50;
export const MAX_SUBJECT_CHARACTERS = 200;
/** Octets. Mail has no larger header section, and each field costs memory. */
export const MAX_HEADER_BYTES = 1024 * 1024;

export interface FixUpContext extends AuthorContext {
  /** `msg_` id. */
  readonly messageId: string;
  /** Value of X-Relay-Report-Token (dsn/report-token.ts); `undefined`: not added. */
  readonly reportToken?: string | undefined;
  /** The relay's host name: domain of a Message-ID when From has an address literal. */
  readonly hostname: string;
  /** The field of message/received.ts. */
  readonly received: string;
  /** MT-PRIORITY of the envelope; `undefined`: not given. */
  readonly priority?: number | undefined;
  readonly nowMs: number;
}

export interface PreparedHeader {
  /** The header section to store, with the empty line that ends it. */
  readonly bytes: Uint8Array;
  /** At least one. The first decides the signing domain. */
  readonly headerFrom: readonly Mailbox[];
  /** The mailbox of Sender (RFC 5322 §3.6.2); none if it has no address. */
  readonly senders: readonly Mailbox[];
  /** Decoded, one line, at most {@link MAX_SUBJECT_CHARACTERS}; `undefined` without a Subject. */
  readonly subject: string | undefined;
  /** With its angle brackets. */
  readonly messageIdField: string;
  readonly control: ControlHeaders;
  /** It says how to unsubscribe: it has a List-Unsubscribe or List-Unsubscribe-Post field, RFC 2369, RFC 8058. */
  readonly unsubscribes: boolean;
  /** Received fields of the message, ours not counted. */
  readonly receivedCount: number;
  /** It has fields of a mailing list (RFC 2369, RFC 2919), or `Precedence: bulk` or `list`. */
  readonly isListMail: boolean;
  /** The decoded From of a notice whose author was replaced; `undefined`: not replaced. */
  readonly originalFrom?: string | undefined;
  /** Replaces the client's body; `undefined`: not replaced. */
  readonly body?: Uint8Array | undefined;
}

/** A refusal, as the text of the reply. */
export interface HeaderProblem {
  readonly problem: { readonly code: number; readonly status: string; readonly text: string };
}

/**
 * Fields that may occur once (RFC 5322 §3.6, RFC 2045 §3, RFC 2183 §2), by lower-case name: readers differ on which
 * of two counts.
 */
const SINGLE: ReadonlyMap<string, string> = new Map(
  [
    ...[
      'From',
      'Sender',
      'Reply-To',
      'To',
      'Cc',
      'Subject',
      'Date',
      'Message-ID',
      'In-Reply-To',
      'References',
    ],
    ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'Content-Disposition'],
  ].map((name) => [name.toLowerCase(), name]),
);
/** Replaced when they are blank. */
const REMADE: ReadonlySet<string> = new Set(['date', 'message-id']);
// MT-Priority (RFC 6758) would give a message a priority further on that nobody has asked for in its envelope.
const REMOVED: ReadonlySet<string> = new Set(['bcc', 'resent-bcc', 'return-path', 'mt-priority']);
/** They say that a message is one of a list. */
const OF_LISTS: ReadonlySet<string> = new Set(['list-id', 'precedence']);
const UNSUBSCRIBING: ReadonlySet<string> = new Set(['list-unsubscribe', 'list-unsubscribe-post']);
const MAX_MESSAGE_ID_CHARACTERS = 998;
const CRLF = '\r\n';

/** `header` ends with the empty line, or is a message without a body. Line ends are CRLF. */
export function prepareHeader(header: Uint8Array, context: FixUpContext): PreparedHeader | HeaderProblem {
  if (header.length > MAX_HEADER_BYTES) return refuse('5.6.0', 'The header section is too large');
  const buffer = asBuffer(header);
  const hidden = hiddenField(buffer);
  if (hidden !== undefined) return refuse('5.6.0', `A ${hidden} field is hidden in another one`);
  const sorted = sortFields(buffer, context);
  if ('problem' in sorted) return sorted;
  const { single, controls, kept, receivedCount, isListMail, unsubscribes, author } = sorted;
  if (author === undefined) return refuse('5.6.0', 'The message has no From field');
  const { headerFrom } = author;
  if ('problem' in headerFrom) {
    return refuse('5.6.0', `The From field is not understood: ${headerFrom.problem}`);
  }
  const senders = readSender(buffer, single.get('sender'));
  if ('problem' in senders) {
    return refuse('5.6.0', `The Sender field is not understood: ${senders.problem}`);
  }
  const control = parseControlHeaders(controls, context.nowMs);
  if ('problem' in control) return refuse('5.6.0', control.problem);

  const given = single.get('message-id');
  const messageIdField =
    given === undefined ? messageIdFor(context, headerFrom[0]) : readMessageId(fieldText(buffer, given));
  const added = addedFields(context, {
    messageId: given === undefined ? messageIdField : undefined,
    date: !single.has('date'),
  });

  const subject = single.get('subject');
  return {
    bytes: assemble(added, kept),
    headerFrom,
    senders,
    subject:
      subject === undefined ? undefined : summarize(fieldText(buffer, subject), MAX_SUBJECT_CHARACTERS),
    messageIdField,
    control,
    unsubscribes,
    receivedCount,
    isListMail,
    originalFrom: author.originalFrom,
  };
}

/** The client's fields by what is done with them. */
interface SortedFields {
  readonly single: ReadonlyMap<string, HeaderField>;
  readonly controls: readonly { readonly name: string; readonly value: string }[];
  /** Octets that are kept, in order, with the rewritten From. */
  readonly kept: readonly Uint8Array[];
  readonly receivedCount: number;
  readonly isListMail: boolean;
  readonly unsubscribes: boolean;
  readonly author: Author | undefined;
}

function sortFields(buffer: Buffer, context: FixUpContext): SortedFields | HeaderProblem {
  const { fields, fieldsEnd } = parseHeaderSection(buffer);
  const single = new Map<string, HeaderField>();
  const controls: { name: string; value: string }[] = [];
  const kept: Uint8Array[] = [];
  let keptFrom = 0;
  let receivedCount = 0;
  let isListMail = false;
  let unsubscribes = false;
  let author: Author | undefined;

  for (const field of fields) {
    const { name } = field;
    const singleName = SINGLE.get(name);
    let stays = true;
    if (singleName !== undefined) {
      if (single.has(name)) return refuse('5.6.0', `The message has more than one ${singleName} field`);
      stays = !(REMADE.has(name) && fieldText(buffer, field) === '');
      if (stays) single.set(name, field);
      if (name === 'from') {
        author = readAuthor(buffer, field, fields, context);
        stays = author.written === undefined;
      }
    } else if (name === 'received') {
      receivedCount++;
    } else if (UNSUBSCRIBING.has(name)) {
      unsubscribes = true;
      isListMail = true;
    } else if (name.startsWith(CONTROL_PREFIX)) {
      controls.push({ name, value: fieldText(buffer, field) });
      stays = false;
    } else if (OF_LISTS.has(name)) {
      isListMail ||= name !== 'precedence' || /^(?:bulk|list)$/i.test(fieldText(buffer, field));
    } else if (REMOVED.has(name)) {
      stays = false;
    } else if (name === '') {
      if (!isMailboxFileLine(buffer.subarray(field.start, field.end)))
        return refuse('5.6.0', malformedLine(buffer, field.start));
      stays = false;
    }
    if (stays) continue;
    if (field.start > keptFrom) kept.push(buffer.subarray(keptFrom, field.start));
    keptFrom = field.end;
    if (name === 'from' && author?.written !== undefined) kept.push(author.written);
  }

  if (receivedCount > MAX_RECEIVED_FIELDS)
    return refuse('5.4.6', `Mail loop: more than ${MAX_RECEIVED_FIELDS} Received fields`);
  if (fieldsEnd > keptFrom) kept.push(buffer.subarray(keptFrom, fieldsEnd));
  return { single, controls, kept, receivedCount, isListMail, unsubscribes, author };
}

/** The lines before the client's own fields. */
function addedFields(
  { received, messageId, reportToken, priority, nowMs }: FixUpContext,
  missing: { readonly messageId: string | undefined; readonly date: boolean },
): string {
  let added = `${received}X-Relay-Message-Id: ${messageId}${CRLF}`;
  if (reportToken !== undefined) added += `X-Relay-Report-Token: ${reportToken}${CRLF}`;
  if (priority !== undefined) added += `MT-Priority: ${priority}${CRLF}`;
  if (missing.messageId !== undefined) added += `Message-ID: ${missing.messageId}${CRLF}`;
  if (missing.date) added += `Date: ${formatDateTime(nowMs)}${CRLF}`;
  return added;
}

function refuse(status: string, text: string): HeaderProblem {
  return { problem: { code: 554, status, text } };
}

function assemble(added: string, kept: readonly Uint8Array[]): Uint8Array {
  const last = kept.at(-1);
  const lineIsOpen = last !== undefined && last[last.length - 1] !== 0x0a;
  return Buffer.concat([Buffer.from(added), ...kept, Buffer.from(lineIsOpen ? CRLF + CRLF : CRLF)]);
}

/** The Message-ID of a message without one, with its angle brackets. */
export function messageIdFor(
  context: Pick<FixUpContext, 'messageId' | 'hostname'>,
  author: Mailbox | undefined,
): string {
  const domain = author?.domain ?? context.hostname;
  const body = context.messageId.slice(-ID_BODY_LENGTH);
  return `<${body}@${domain.startsWith('[') ? context.hostname : domain}>`;
}

/** A Sender without an at sign (`Sender: root`) names no address. */
function readSender(buffer: Buffer, field: HeaderField | undefined): readonly Mailbox[] | HeaderFromProblem {
  if (field === undefined) return [];
  const text = fieldText(buffer, field);
  if (!text.includes('@') && shownAddresses(text)?.length === 0) return [];
  return parseHeaderFrom(fieldValue(buffer, field));
}

function readMessageId(text: string): string {
  return (/<[^<>\s]+>/.exec(text)?.[0] ?? text).slice(0, MAX_MESSAGE_ID_CHARACTERS);
}
