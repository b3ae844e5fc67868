/**
 * Locates the fields of a header section without decoding or copying them, so folding, odd white space, 8-bit octets
 * and malformed lines are preserved. RFC 5322 §2.2, §4.5.
 *
 * Tolerant: white space before the colon is allowed (obsolete syntax), and a line that is not a field (also one whose
 * colon comes after a fold) gets an empty name and keeps its position. Line ends are CRLF (message/line-endings.ts).
 */
import { isAscii, isUtf8 } from 'node:buffer';

export interface HeaderField {
  /** Lower case; empty for a line that is not a field (no colon, or a name with spaces or control characters). */
  readonly name: string;
  /** Offset of the first octet of the name. */
  readonly start: number;
  /** Offset after the colon; equals `start` when `name` is empty. */
  readonly valueStart: number;
  /** Offset after the field's last CRLF, continuation lines included. */
  readonly end: number;
}

export interface HeaderSection {
  /** In order of appearance. */
  readonly fields: readonly HeaderField[];
  /** Offset after the last field: the start of the empty line, or the end of the octets. */
  readonly fieldsEnd: number;
  /** The octets, one character each. */
  readonly octets: string;
}

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const EMPTY_LINE_AFTER_FIELD = Buffer.from('\r\n\r\n', 'latin1');

/** Offset of the body, after the empty line; -1 without one. `from`: octets searched before. */
export function headerEnd(bytes: Uint8Array, from = 0): number {
  if (bytes[0] === CR && bytes[1] === LF) return 2;
  const at = asBuffer(bytes).indexOf(EMPTY_LINE_AFTER_FIELD, Math.max(0, from - 3));
  return at === -1 ? -1 : at + 4;
}

/** Parses up to the empty line or the end. A last line without CRLF counts as a line. */
export function parseHeaderSection(bytes: Uint8Array): HeaderSection {
  // One character an octet: searching a string stays in JavaScript for each line.
  const octets = asBuffer(bytes).toString('latin1');
  const { length } = octets;
  const fields: HeaderField[] = [];
  let start = 0;
  while (start < length && !octets.startsWith('\r\n', start)) {
    let end = lineEnd(octets, start);
    while (octets.charCodeAt(end) === SP || octets.charCodeAt(end) === TAB) end = lineEnd(octets, end);
    fields.push(readField(octets, start, end));
    start = end;
  }
  return { fields, fieldsEnd: start, octets };
}

/** The value's octets after the colon, without the last CRLF, with folds and outer white space. */
export function fieldValue(bytes: Uint8Array, field: HeaderField): Uint8Array {
  let end = field.end;
  if (bytes[end - 1] === LF && bytes[end - 2] === CR) end -= 2;
  return bytes.subarray(field.valueStart, Math.max(end, field.valueStart));
}

/**
 * The value as text: unfolded (RFC 5322 §2.2.3), trimmed, decoded as UTF-8, or as ISO 8859-1 when it is not valid
 * UTF-8, which old software sends undeclared.
 */
export function fieldText(bytes: Uint8Array, field: HeaderField): string {
  return decodeText(fieldValue(bytes, field)).replaceAll('\r\n', '').trim();
}

/** UTF-8 when it is valid, else ISO 8859-1. */
export function decodeText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString(isAscii(bytes) || !isUtf8(bytes) ? 'latin1' : 'utf8');
}

/** A Buffer over the same octets. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lineEnd(octets: string, from: number): number {
  const at = octets.indexOf('\n', from);
  return at === -1 ? octets.length : at + 1;
}

function readField(octets: string, start: number, end: number): HeaderField {
  let nameEnd = start;
  // ftext: printable ASCII except the colon (RFC 5322 §2.2).
  while (nameEnd < end && isNameOctet(octets.charCodeAt(nameEnd))) nameEnd++;
  let colon = nameEnd;
  while (octets.charCodeAt(colon) === SP || octets.charCodeAt(colon) === TAB) colon++;
  if (nameEnd === start || octets.charCodeAt(colon) !== COLON || colon >= end) {
    return { name: '', start, valueStart: start, end };
  }
  return { name: octets.slice(start, nameEnd).toLowerCase(), start, valueStart: colon + 1, end };
}

function isNameOctet(octet: number): boolean {
  return octet > SP && octet < 0x7f && octet !== COLON;
}
