/**
 * The part of a report that sends the message back: its header section as text/rfc822-headers, or all of it as
 * message/rfc822. With UTF-8 in the header section the types of RFC 6533 §4 (message/global-headers, message/global).
 * RFC 6522 §4.
 *
 * A message within a message may not be encoded (RFC 2046 §5.2.1), so one that holds lines over 998 octets or a NUL
 * cannot be sent back whole: its header section is sent instead. Header sections of that kind are quoted-printable.
 */
import { isUtf8 } from 'node:buffer';
import type { ReturnedContent } from './dsn-facts.ts';
import { quotedPrintable } from './mime-text.ts';

/** A header section is cut at the end of a field beyond this: a DSN has to stay small. */
export const MAX_RETURNED_HEADER_OCTETS = 32 * 1024;

const MAX_LINE_OCTETS = 998;
const CR = 0x0d;
const LF = 0x0a;

export interface ReturnedPart {
  readonly contentType: string;
  readonly encoding: '7bit' | '8bit' | 'quoted-printable';
  /** Ends with CRLF. */
  readonly bytes: Uint8Array;
}

export function returnedPart(returned: ReturnedContent): ReturnedPart {
  const { bytes } = returned;
  if (returned.kind === 'message') {
    const whole = survey(bytes);
    if (whole.transportable) {
      const header = bytes.subarray(0, headerEnd(bytes));
      const global = survey(header).eightBit && isUtf8(header);
      const ended = whole.endsLine ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')]);
      return {
        contentType: global ? 'message/global' : 'message/rfc822',
        encoding: whole.eightBit ? '8bit' : '7bit',
        bytes: ended,
      };
    }
  }
  return headerPart(bytes.subarray(0, headerEnd(bytes)));
}

function headerPart(header: Uint8Array): ReturnedPart {
  const bytes = cutAtField(header);
  const { eightBit, transportable } = survey(bytes);
  const contentType = eightBit && isUtf8(bytes) ? 'message/global-headers' : 'text/rfc822-headers';
  if (!transportable || (eightBit && contentType === 'text/rfc822-headers')) {
    return { contentType, encoding: 'quoted-printable', bytes: Buffer.from(quotedPrintable(bytes)) };
  }
  return { contentType, encoding: eightBit ? '8bit' : '7bit', bytes };
}

/** Offset after the last field's CRLF, the empty line left out. */
function headerEnd(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf('\r\n\r\n');
  return at < 0 ? bytes.length : at + 2;
}

function cutAtField(header: Uint8Array): Uint8Array {
  if (header.length <= MAX_RETURNED_HEADER_OCTETS) return header;
  for (let at = MAX_RETURNED_HEADER_OCTETS; at > 0; at--) {
    const next = header[at];
    if (header[at - 1] === LF && next !== 0x20 && next !== 0x09) return header.subarray(0, at);
  }
  // One field of more than that: its beginning says enough.
  return Buffer.concat([header.subarray(0, MAX_RETURNED_HEADER_OCTETS), Buffer.from('\r\n')]);
}

function survey(bytes: Uint8Array): { eightBit: boolean; transportable: boolean; endsLine: boolean } {
  let eightBit = false;
  let transportable = true;
  let lineStart = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] ?? 0;
    if (octet >= 0x80) eightBit = true;
    else if (octet === 0) transportable = false;
    else if (octet === LF) {
      if (at - 1 - lineStart > MAX_LINE_OCTETS) transportable = false;
      lineStart = at + 1;
    }
  }
  if (bytes.length - lineStart > MAX_LINE_OCTETS) transportable = false;
  const endsLine = bytes.at(-1) === LF && bytes.at(-2) === CR;
  return { eightBit, transportable, endsLine };
}
