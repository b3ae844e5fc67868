/**
 * MIME's canonical form of text (RFC 2046 §4.1.1), which base64 must encode: every line ends in CRLF. A lone CR or LF
 * also ends a line.
 */

const CRLF = '\r\n';
const CR = 0x0d;
const LF = 0x0a;
/** Above this size octets are scanned instead: millions of regular expression matches take half a second each. */
const MANY_CHARACTERS = 64 * 1024;

export function withCrlf(text: string): string {
  if (!/[\r\n]/.test(text)) return text;
  if (text.length <= MANY_CHARACTERS) return text.replace(/\r\n|\r|\n/g, CRLF);
  const octets = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(octets.length + lineEndsIn(octets));
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet !== CR && octet !== LF) {
      out[length++] = octet;
      continue;
    }
    out[length++] = CR;
    out[length++] = LF;
    if (octet === CR && octets[at + 1] === LF) at++;
  }
  return out.toString('utf8', 0, length);
}

/** An upper bound of the line ends. */
function lineEndsIn(octets: Buffer): number {
  let count = 0;
  for (let at = 0; at < octets.length; at++) if (octets[at] === CR || octets[at] === LF) count++;
  return count;
}
