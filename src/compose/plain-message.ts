/**
 * Fast path for short ASCII text from one address to another, as most programs send. The message is written directly,
 * octet for octet as the composer would write it (a test compares the two over thousands of messages), at a tenth of
 * the cost. Anything else is left to the composer.
 */
import { formatDateTime } from '../message/date-time.ts';
import { messageIdFor } from '../message/fix-ups.ts';
import type { ComposedBy, Composition } from './composition.ts';
import { foldedField } from './field-value.ts';
import type { NamedAddress } from './named-address.ts';

/** Longer lines become quoted-printable. */
const MAX_LINE = 76;
/** Longer text is composed in pieces. */
const MAX_CHARACTERS = 64 * 1024;
const LF = 0x0a;
const NOT_PLAIN = /[^\t\n\x20-\x7e]/;
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;
const PLAIN_DOMAIN = /^[a-z0-9.-]+$/;
const PLAIN_NAME = /^(?:\w+(?: \w+)*)?$/;
// The composer encodes a subject with a quote.
const PLAIN_VALUE = /^[!#-~](?:[ !#-~]*[!#-~])?$/;
/** Fields whose values the composer parses. */
export const THREAD: ReadonlySet<string> = new Set(['in-reply-to', 'references']);
/** The composer does not fold at a run of blanks this long. */
const MANY_BLANKS = ' '.repeat(30);

/** `undefined`: use the composer. */
export function composePlain(composition: Composition, by: ComposedBy): Buffer | undefined {
  const { from, to, cc, replyTo, subject, text, html, fields, attachments } = composition;
  if (text === undefined || text === '' || text.length > MAX_CHARACTERS) return undefined;
  if (html !== undefined || attachments.length > 0) return undefined;
  const body = plainBody(text);
  if (body === undefined) return undefined;
  let header = '';
  for (const [name, value] of fields) {
    if (THREAD.has(name.toLowerCase()) || !isPlainValue(value) || value.includes(MANY_BLANKS))
      return undefined;
    header += foldedField(name, value);
  }
  for (const [name, addresses] of [
    ['From', [from]],
    ['To', to],
    ['Cc', cc],
    ['Reply-To', replyTo],
  ] as const) {
    if (addresses.length === 0) continue;
    const list = plainAddresses(addresses);
    if (list === undefined) return undefined;
    header += foldedField(name, list);
  }
  if (subject !== undefined && subject !== '') {
    if (!isPlainValue(subject)) return undefined;
    header += foldedField('Subject', subject);
  }
  header +=
    `${foldedField('Message-ID', messageIdFor(by, from.mailbox))}Date: ${formatDateTime(by.nowMs)}\r\n` +
    'Content-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n';
  // Joined as strings they would be copied once more.
  const message = Buffer.allocUnsafe(header.length + body.length);
  message.write(header, 0, 'latin1');
  message.write(body, header.length, 'latin1');
  return message;
}

/** With CRLF after each line; `undefined`: the text needs an encoding. */
function plainBody(text: string): string | undefined {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  if (NOT_PLAIN.test(lines)) return undefined;
  for (let start = 0; start < lines.length;) {
    const at = lines.indexOf('\n', start);
    const end = at === -1 ? lines.length : at;
    if (end - start > MAX_LINE) return undefined;
    start = end + 1;
  }
  // With a string as its pattern V8 would join a piece a line, and copy them once more.
  const body = lines.replace(/\n/g, '\r\n');
  return body.charCodeAt(body.length - 1) === LF ? body : `${body}\r\n`;
}

function plainAddresses(addresses: readonly NamedAddress[]): string | undefined {
  let list = '';
  for (const { name, mailbox } of addresses) {
    if (!PLAIN_NAME.test(name) || !DOT_ATOM.test(mailbox.localPart) || !PLAIN_DOMAIN.test(mailbox.domain))
      return undefined;
    if (list !== '') list += ', ';
    const address = `${mailbox.localPart}@${mailbox.domain}`;
    list += name === '' ? address : `${name} <${address}>`;
  }
  return list;
}

function isPlainValue(value: string): boolean {
  return PLAIN_VALUE.test(value) && !value.includes('=?');
}
