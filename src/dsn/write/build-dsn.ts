/**
 * Builds a DSN: a multipart/report of a part for people, a part
 * for programs, and the message or its header section. Pure: time, message id and randomness come in. The caller sends
 * it with the null reverse-path to the original reverse-path, and never builds one for a message that itself had none.
 * RFC 3461 §6, RFC 6522, RFC 3464, RFC 6533, RFC 3834 (Auto-Submitted).
 *
 * 7-bit wherever it can be; where the returned message or an address is not, it says 8bit, and `bodyType` tells the
 * envelope. Only a reverse-path outside ASCII makes it need SMTPUTF8.
 */
import { assert } from '../../platform/assert.ts';
import type { Random } from '../../platform/random.ts';
import type { BodyType } from '../../smtp/envelope.ts';
import { formatDateTime } from '../../message/date-time.ts';
import type { DsnRecipient, DsnOutcome, OriginalMessage, ReturnedContent } from './dsn-facts.ts';
import { humanPart, dsnSubject } from './human-part.ts';
import { machinePart } from './machine-part.ts';
import { encodeWords, foldField, isAscii, quotedPrintable } from './mime-text.ts';
import { returnedPart } from './returned-part.ts';

/** Recipients one report holds at most, so that with headers only it stays within 256 KiB. Build several for more. */
export const MAX_DSN_RECIPIENTS = 50;

export interface DsnInput {
  /** Host name of this server. */
  readonly reportingMta: string;
  /** The sending domain; the DSN comes from `mailer-daemon` under it, so that it can be signed. A-label form. */
  readonly fromDomain: string;
  /** The original reverse-path, `local-part@domain`; never empty. */
  readonly to: string;
  /** Message-ID of the DSN itself, with angle brackets. */
  readonly messageIdField: string;
  readonly nowMs: number;
  /** For the MIME boundary. */
  readonly random: Random;
  /** What happened, to all of `recipients`. */
  readonly outcome: DsnOutcome;
  readonly original: OriginalMessage;
  readonly returned: ReturnedContent;
  /** At least one, at most {@link MAX_DSN_RECIPIENTS}. */
  readonly recipients: readonly DsnRecipient[];
}

export interface Dsn {
  /** The message with CRLF line ends, not dot-stuffed; a buffer of its own that may be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Octets up to and including the empty line after the header section. */
  readonly headerSizeBytes: number;
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  readonly headerFrom: string;
  readonly subject: string;
}

const CRLF = '\r\n';

export function buildDsn(input: DsnInput): Dsn {
  const { outcome, recipients, original, reportingMta, to } = input;
  assert(to !== '', 'no report goes to the null reverse-path');
  assert(recipients.length > 0 && recipients.length <= MAX_DSN_RECIPIENTS, 'a report has 1 to 50 recipients');
  const boundary = `=_report_${Buffer.from(input.random.bytes(16)).toString('hex')}`;
  const human = humanPart(original, outcome, recipients, reportingMta);
  const machine = machinePart(original, outcome, recipients, reportingMta);
  const returned = returnedPart(input.returned);
  const eightBit = machine.global || returned.encoding === '8bit';
  const headerFrom = `mailer-daemon@${input.fromDomain}`;
  const subject = dsnSubject(outcome, recipients);

  const header = [
    foldField('From', `Mail Delivery System <${headerFrom}>`),
    foldField('To', `<${to}>`),
    foldField('Subject', encodeWords(subject)),
    foldField('Date', formatDateTime(input.nowMs)),
    foldField('Message-ID', input.messageIdField),
    ...threadFields(original.messageIdField),
    'Auto-Submitted: auto-replied\r\n',
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type=delivery-status;${CRLF} boundary="${boundary}"${CRLF}`,
    `Content-Transfer-Encoding: ${eightBit ? '8bit' : '7bit'}${CRLF}`,
    CRLF,
  ].join('');

  const machineType = machine.global ? 'message/global-delivery-status' : 'message/delivery-status';
  const before =
    `This is a delivery report in MIME format.${CRLF}` +
    part(boundary, 'text/plain; charset=utf-8', ...encodeText(human), 'Notification') +
    part(boundary, machineType, machine.global ? '8bit' : '7bit', machine.text, 'Delivery report') +
    part(
      boundary,
      returned.contentType,
      returned.encoding,
      '',
      outcome === 'failed' ? 'Undelivered message' : 'Message',
    );
  const after = `${CRLF}--${boundary}--${CRLF}`;

  const headerBytes = Buffer.from(header);
  const beforeBytes = Buffer.from(before);
  const afterBytes = Buffer.from(after);
  const bytes = new Uint8Array(
    headerBytes.length + beforeBytes.length + returned.bytes.length + afterBytes.length,
  );
  let at = 0;
  for (const piece of [headerBytes, beforeBytes, returned.bytes, afterBytes]) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return {
    bytes,
    headerSizeBytes: headerBytes.length,
    bodyType: eightBit || !isAscii(header) ? '8bitmime' : '7bit',
    smtpUtf8: !isAscii(header),
    headerFrom,
    subject,
  };
}

function part(
  boundary: string,
  contentType: string,
  encoding: string,
  body: string,
  description: string,
): string {
  return (
    `${CRLF}--${boundary}${CRLF}` +
    `Content-Description: ${description}${CRLF}` +
    `Content-Type: ${contentType}${CRLF}` +
    `Content-Transfer-Encoding: ${encoding}${CRLF}${CRLF}${body}`
  );
}

function encodeText(text: string): [encoding: string, body: string] {
  return isAscii(text) ? ['7bit', text] : ['quoted-printable', quotedPrintable(Buffer.from(text))];
}

/** The DSN stands in the thread of the message, if that has an id that can be repeated. */
function threadFields(messageIdField: string): string[] {
  const id = messageIdField.trim();
  if (!/^<[\x21-\x3b\x3d\x3f-\x7e]{1,800}>$/.test(id)) return [];
  return [foldField('In-Reply-To', id), foldField('References', id)];
}
