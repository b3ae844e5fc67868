/**
 * A message in MIME from its parts. Nodemailer's composer makes the tree and the fields (encoded words, folding, RFC
 * 2231 parameters, which part is alternative, related or mixed); this file writes the tree out at once, without
 * streams, since everything is in memory already. Nothing is ever loaded from a path or a URL.
 *
 * Line ends are CRLF, lines at most 76 octets but for long words in fields. RFC 2045, RFC 2046, RFC 2047, RFC 2231,
 * RFC 2387.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as encodeQuotedPrintable, wrap as wrapQuotedPrintable } from 'nodemailer/lib/qp';
import { formatDateTime } from '../message/date-time.ts';
import { messageIdFor } from '../message/fix-ups.ts';
import { assert } from '../platform/assert.ts';
import type { ComposedBy, Composition } from './composition.ts';
import type { NamedAddress } from './named-address.ts';
import { composePlain } from './plain-message.ts';

const BASE64_LINE = 76;
/** Input octets whose base64 is a whole number of lines: 57 octets a line. */
const BASE64_SLICE = 57 * 4096;
const CRLF = '\r\n';

/** The whole message. */
export function composeMessage(composition: Composition, by: ComposedBy): Buffer {
  return composePlain(composition, by) ?? composeAny(composition, by);
}

/** The same, always by the composer. */
export function composeAny(composition: Composition, by: ComposedBy): Buffer {
  return write(compile(composition, by));
}

/** The fields and the body of a message that keeps its own header section (a template in mail by SMTP). */
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
  const whole = write(node);
  const end = whole.indexOf(CRLF + CRLF);
  const fields = whole.toString('latin1', 0, end + 2).replace(/^(?:Message-ID|Date): .*\r\n/gm, '');
  return { fields, body: whole.subarray(end + 4) };
}

function compile(composition: Composition, by: ComposedBy): MimeNode {
  const { from, to, cc, replyTo, subject, fields, attachments } = composition;
  return new MailComposer({
    from: addressOf(from),
    ...(to.length > 0 && { to: to.map(addressOf) }),
    ...(cc.length > 0 && { cc: cc.map(addressOf) }),
    ...(replyTo.length > 0 && { replyTo: replyTo.map(addressOf) }),
    ...(subject !== undefined && { subject }),
    ...contentOf(composition),
    ...(fields.length > 0 && {
      headers: fields.map(([key, value]) => ({ key, value })),
      normalizeHeaderKey: namesAsGiven(fields),
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
  // With neither, an attachment would be the message itself.
  const plain = text ?? (html === undefined && attachments.length > 0 ? ' ' : undefined);
  return {
    ...(plain !== undefined && { text: withCrlf(plain) }),
    ...(html !== undefined && { html: withCrlf(html) }),
  };
}

/** MIME's canonical form of text (RFC 2046 §4.1.1), which base64 has to encode. */
function withCrlf(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/\r\n|\r|\n/g, CRLF) : text;
}

/** The composer writes names its own way; a client's are kept. */
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

function write(root: MimeNode): Buffer {
  const parts: (string | Buffer)[] = [];
  writeNode(root, parts);
  const last = parts.at(-1);
  if (last !== undefined && !endsLine(last)) parts.push(CRLF);
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
}

function writeNode(node: MimeNode, parts: (string | Buffer)[]): void {
  // First, since it decides the boundary and the transfer encoding.
  const header = node.buildHeaders();
  const multipart = node.childNodes.length > 0;
  parts.push(`${header}${CRLF}${CRLF}`);
  if (multipart) {
    for (const child of node.childNodes) {
      parts.push(`--${String(node.boundary)}${CRLF}`);
      writeNode(child, parts);
      parts.push(CRLF);
    }
    parts.push(`--${String(node.boundary)}--${CRLF}`);
    return;
  }
  const { content } = node;
  if (content === undefined || content === '') return;
  assert(typeof content === 'string' || Buffer.isBuffer(content), 'content that is here, not elsewhere');
  writeContent(content, node.getTransferEncoding(), parts);
}

function writeContent(content: string | Buffer, encoding: string | false, parts: (string | Buffer)[]): void {
  if (encoding === 'quoted-printable') parts.push(wrapQuotedPrintable(encodeQuotedPrintable(content)));
  else if (encoding === 'base64') writeBase64(Buffer.from(content), parts);
  else parts.push(content);
}

/** Slice by slice, so that a large attachment is not held as a string of twice its size. */
function writeBase64(content: Buffer, parts: (string | Buffer)[]): void {
  for (let from = 0; from < content.length; from += BASE64_SLICE) {
    const text = content.toString('base64', from, Math.min(from + BASE64_SLICE, content.length));
    const lines: string[] = from === 0 ? [] : [''];
    for (let at = 0; at < text.length; at += BASE64_LINE) lines.push(text.slice(at, at + BASE64_LINE));
    parts.push(Buffer.from(lines.join(CRLF), 'latin1'));
  }
}

function endsLine(part: string | Buffer): boolean {
  return typeof part === 'string' ? part.endsWith('\n') : part.at(-1) === 0x0a;
}
