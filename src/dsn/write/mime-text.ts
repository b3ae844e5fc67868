/**
 * Texts as a report writes them: folded fields, wrapped paragraphs, encoded words, quoted-printable. Whatever comes in,
 * no line of what comes out is longer than 998 octets and none ends a field or a header section by itself.
 * RFC 5322 §2.1.1 and §2.2.3, RFC 2047, RFC 2045 §6.7.
 */
import { oneLine, visible } from '../../platform/visible-text.ts';

const FOLD_AT = 76;
/** Words that nothing may break (addresses) are kept up to here; RFC 5322 allows 998 octets a line. */
const MAX_WORD_OCTETS = 900;
const CRLF = '\r\n';

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** One line of words, single spaces between them. */
export function singleSpaced(text: string): string {
  return oneLine(text).replace(/\s+/g, ' ');
}

/**
 * `Name: value` with CRLF, folded before white space so that unfolding gives the value back; control characters become
 * spaces, and words of an impossible length are cut up. Without white space at its ends.
 */
export function foldField(name: string, value: string): string {
  const pieces = oneLine(value)
    .split(/(?<! )(?= )/)
    .flatMap((piece) => cutUp(piece, MAX_WORD_OCTETS))
    .map((piece, index) => (index > 0 && !piece.startsWith(' ') ? ` ${piece}` : piece));
  let field = `${name}: `;
  let column = field.length;
  for (const [index, piece] of pieces.entries()) {
    // The first word stays on the line of the name: some readers take an empty first line for an empty field.
    if (index > 0 && column + piece.length > FOLD_AT) {
      field += CRLF;
      column = 0;
    }
    field += piece;
    column += piece.length;
  }
  return field + CRLF;
}

/** Paragraph of lines of at most 76 characters (what is invisible is shown as its escape), each begun with `indent`, without a final line end. */
export function wrapText(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(singleSpaced(text))
    .split(' ')
    .flatMap((one) => cutUp(one, MAX_WORD_OCTETS - indent.length))) {
    if (line !== '' && indent.length + line.length + 1 + word.length > FOLD_AT) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(indent + line);
  return lines.join(CRLF);
}

/** As it is when ASCII, else as encoded words in base64, each within 75 characters. */
export function encodeWords(text: string): string {
  const line = visible(singleSpaced(text));
  if (isAscii(line) && !line.includes('=?')) return line;
  return cutUp(line, 42)
    .map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`)
    .join(' ');
}

/** Quoted-printable of text with CRLF (or LF) line ends; lines of at most 76 characters. Bare CR is encoded. */
export function quotedPrintable(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text
    .split(/\r?\n/)
    .map((line) => quotedLine(line))
    .join(CRLF);
}

function quotedLine(line: string): string {
  let output = '';
  let column = 0;
  for (let at = 0; at < line.length; at++) {
    const octet = line.charCodeAt(at);
    const last = at === line.length - 1;
    const plain =
      (octet > 0x20 && octet < 0x7f && octet !== 0x3d) || ((octet === 0x20 || octet === 0x09) && !last);
    const piece = plain ? line.charAt(at) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + piece.length > FOLD_AT - 1) {
      output += `=${CRLF}`;
      column = 0;
    }
    // A dot or "From " at the start of a line is what transports change.
    const escaped =
      column === 0 && (piece === '.' || (piece === 'F' && line.startsWith('From ', at)))
        ? `=${octet.toString(16).toUpperCase()}`
        : piece;
    output += escaped;
    column += escaped.length;
  }
  return output;
}

/** At most `octets` octets of UTF-8, then `...` where something was left out. */
export function clip(text: string, octets: number): string {
  const [first = '', ...rest] = cutUp(text, octets);
  return rest.length === 0 ? first : `${first}...`;
}

/** Pieces of at most `octets` octets in UTF-8, no character divided. */
function cutUp(text: string, octets: number): string[] {
  if (text.length * 3 <= octets || Buffer.byteLength(text) <= octets) return [text];
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const width = Buffer.byteLength(character);
    if (size + width > octets) {
      pieces.push(piece);
      piece = '';
      size = 0;
    }
    piece += character;
    size += width;
  }
  pieces.push(piece);
  return pieces;
}
