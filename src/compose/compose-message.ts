/**
 * Composes a MIME message from its parts. Nodemailer's composer makes the tree and the fields (encoded words,
 * folding, RFC 2231 parameters, alternative, related and mixed parts); this file writes the tree out synchronously,
 * because everything is in memory. Nothing is ever loaded from a path or a URL.
 *
 * Line ends are CRLF, lines at most 76 octets except for long words in fields. RFC 2045, RFC 2046, RFC 2047, RFC
 * 2231, RFC 2387.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as encodeQuotedPrintable, wrap as wrapQuotedPrintable } from 'nodemailer/lib/qp';
import { formatDateTime } from '../message/date-time.ts';
import { messageIdFor } from '../message/fix-ups.ts';
import { assert } from '../platform/assert.ts';
import { withCrlf } from './canonical-lines.ts';
import type { ComposedBy, Composition } from './composition.ts';
import { foldedField, writeFieldValue } from './field-value.ts';
import type { NamedAddress } from './named-address.ts';
import { composePlain, THREAD } from './plain-message.ts';

const BASE64_LINE = 76;
const QP_LINE = 76;
/** Octets or characters encoded at once. */
const PIECE_BYTES = 64 * 1024;
/** Input octets whose base64 is a whole number of lines: 57 octets a line. */
const BASE64_PIECE = 57 * 1024;
const CRLF = '\r\n';
const LF = 0x0a;

/**
 * The message in pieces of about {@link PIECE_BYTES} at most, except header sections. Each is made on demand, so that
 * composing a large message can be interleaved with other work.
 */
export function* composePieces(composition: Composition, by: ComposedBy): Generator<Buffer, void, undefined> {
  const plain = composePlain(composition, by);
  if (plain === undefined) yield* write(compile(composition, by), addedFields(composition.fields));
  else yield plain;
}

/** The whole message. */
export function composeMessage(composition: Composition, by: ComposedBy): Buffer {
  return Buffer.concat([...composePieces(composition, by)]);
}

/** Always by Nodemailer's composer. */
export function composeAny(composition: Composition, by: ComposedBy): Buffer {
  return Buffer.concat([...write(compile(composition, by), addedFields(composition.fields))]);
}

/** The fields and the body of a message that keeps its own header section (templates over SMTP). */
export function composeBody(
  parts: Pick<Composition, 'subject' | 'text' | 'html'>,
  messageId: string,
): { readonly fields: string; readonly body: Buffer } {
  const node = new MailComposer({
    ...contentOf({ ...parts, attachments: [] }),
    ...(parts.subject !== undefined && { subject: parts.subject }),
    baseBoundary: messageId,
    boundaryPrefix: '=_',
    messageId: '<replaced@invalid>',
    date: 'replaced',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const whole = Buffer.concat([...write(node)]);
  const end = whole.indexOf(CRLF + CRLF);
  const fields = whole.toString('latin1', 0, end + 2).replace(/^(?:Message-ID|Date): .*\r\n/gm, '');
  return { fields, body: whole.subarray(end + 4) };
}

function compile(composition: Composition, by: ComposedBy): MimeNode {
  const { from, to, cc, replyTo, subject, fields, attachments } = composition;
  const thread = fields.filter(([name]) => THREAD.has(name.toLowerCase()));
  return new MailComposer({
    from: addressOf(from),
    ...(to.length > 0 && { to: to.map(addressOf) }),
    ...(cc.length > 0 && { cc: cc.map(addressOf) }),
    ...(replyTo.length > 0 && { replyTo: replyTo.map(addressOf) }),
    ...(subject !== undefined && { subject }),
    ...contentOf(composition),
    ...(thread.length > 0 && {
      headers: thread.map(([key, value]) => ({ key, value })),
      normalizeHeaderKey: namesAsGiven(thread),
    }),
    ...(attachments.length > 0 && { attachments: attachments.map(attachmentOf) }),
    messageId: messageIdFor(by, from.mailbox),
    date: formatDateTime(by.nowMs),
    baseBoundary: by.messageId,
    boundaryPrefix: '=_',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
}

function contentOf({ text, html, attachments }: Pick<Composition, 'text' | 'html' | 'attachments'>) {
  // Without either, an attachment would become the message itself.
  const plain = text ?? (html === undefined && attachments.length > 0 ? ' ' : undefined);
  return {
    ...(plain !== undefined && { text: withCrlf(plain) }),
    ...(html !== undefined && { html: withCrlf(html) }),
  };
}

/** Fields are written as given. The composer puts the message ids of a thread in brackets. */
function addedFields(fields: Composition['fields']): string {
  let added = '';
  for (const [name, value] of fields) {
    if (THREAD.has(name.toLowerCase())) continue;
    const written = writeFieldValue(name, value);
    assert(typeof written === 'string', 'a value that was checked');
    added += foldedField(name, written);
  }
  return added;
}

/** The composer normalizes field names; this keeps the client's. */
function namesAsGiven(fields: Composition['fields']): (key: string) => string {
  const names = new Map(fields.map(([name]) => [name.toLowerCase(), name]));
  return (key) => names.get(key.toLowerCase()) ?? key;
}

function addressOf({ name, mailbox }: NamedAddress): { name: string; address: string } {
  return { name, address: `${mailbox.localPart}@${mailbox.domain}` };
}

function attachmentOf({ filename, contentType, content, contentId }: Composition['attachments'][number]) {
  return {
    filename,
    content,
    ...(contentType !== undefined && { contentType }),
    ...(contentId !== undefined && { cid: contentId, contentDisposition: 'inline' }),
  };
}

/** `fields` first. Small pieces are joined: nearly every message is one piece. */
function* write(root: MimeNode, fields = ''): Generator<Buffer, void, undefined> {
  let pieces: Buffer[] = [Buffer.from(fields, 'latin1')];
  let bytes = fields.length;
  for (const piece of piecesOf(root)) {
    if (piece.length === 0) continue;
    if (bytes >= PIECE_BYTES) {
      yield Buffer.concat(pieces);
      pieces = [];
      bytes = 0;
    }
    pieces.push(piece);
    bytes += piece.length;
  }
  if (pieces.at(-1)?.at(-1) !== LF) pieces.push(Buffer.from(CRLF));
  yield Buffer.concat(pieces);
}

function* piecesOf(node: MimeNode): Generator<Buffer, void, undefined> {
  // First, because it decides the boundary and the transfer encoding.
  const header = node.buildHeaders();
  yield Buffer.from(`${header}${CRLF}${CRLF}`);
  if (node.childNodes.length > 0) {
    for (const child of node.childNodes) {
      yield Buffer.from(`--${String(node.boundary)}${CRLF}`);
      yield* piecesOf(child);
      yield Buffer.from(CRLF);
    }
    yield Buffer.from(`--${String(node.boundary)}--${CRLF}`);
    return;
  }
  const { content } = node;
  if (content === undefined || content === '') return;
  assert(typeof content === 'string' || Buffer.isBuffer(content), 'content that is here, not elsewhere');
  const encoding = node.getTransferEncoding();
  if (encoding === 'quoted-printable') yield* quotedPrintablePieces(content.toString());
  else if (encoding === 'base64') yield* base64Pieces(Buffer.from(content));
  else yield* slicesOf(Buffer.from(content));
}

/**
 * Lines are independent: a text cut between lines encodes as a whole one would. A line longer than two pieces is cut
 * within, at a soft line break.
 */
function* quotedPrintablePieces(content: string): Generator<Buffer, void, undefined> {
  for (let from = 0; from < content.length;) {
    const rest = content.length - from;
    const lineEnd = rest <= 2 * PIECE_BYTES ? content.length : content.indexOf('\n', from + PIECE_BYTES) + 1;
    if (lineEnd > 0 && lineEnd - from <= 2 * PIECE_BYTES) {
      yield Buffer.from(wrapQuotedPrintable(encodeQuotedPrintable(content.slice(from, lineEnd))));
      from = lineEnd;
      continue;
    }
    const cut = from + PIECE_BYTES;
    const to = isLowSurrogate(content.charCodeAt(cut)) ? cut + 1 : cut;
    const encoded = encodeQuotedPrintable(content.slice(from, to));
    yield Buffer.from(`${wrapQuotedPrintable(encoded, QP_LINE - 1)}=${CRLF}`);
    from = to;
  }
}

function* slicesOf(content: Buffer): Generator<Buffer, void, undefined> {
  for (let from = 0; from < content.length; from += PIECE_BYTES)
    yield content.subarray(from, from + PIECE_BYTES);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function* base64Pieces(content: Buffer): Generator<Buffer, void, undefined> {
  for (let from = 0; from < content.length; from += BASE64_PIECE) {
    const text = content.toString('base64', from, Math.min(from + BASE64_PIECE, content.length));
    const lines: string[] = from === 0 ? [] : [''];
    for (let at = 0; at < text.length; at += BASE64_LINE) lines.push(text.slice(at, at + BASE64_LINE));
    yield Buffer.from(lines.join(CRLF), 'latin1');
  }
}
