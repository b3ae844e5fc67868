/**
 * Counts the structure of a JSON body before it is parsed: a value of two octets becomes an object of forty, and 25
 * MB of them take seconds and a gigabyte. One pass over the octets, without validation.
 */

/** Objects, lists and their elements. A batch of a thousand messages has 250 for each. */
export const MAX_JSON_VALUES = 250_000;
export const MAX_JSON_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Continues a sentence that starts with "the body"; `undefined`: within the limits. */
export function jsonStructureProblem(body: Buffer): string | undefined {
  let values = 0;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const octet = body[at];
    if (octet === QUOTE) at = endOfText(body, at);
    else if (octet === COMMA) values++;
    else if (OPENING.has(octet as number)) {
      values++;
      if (++depth > MAX_JSON_DEPTH) return 'is nested too deeply';
    } else if (CLOSING.has(octet as number)) depth--;
    if (values > MAX_JSON_VALUES)
      return `has more than ${MAX_JSON_VALUES} values: send it in several requests`;
  }
  return undefined;
}

/** The offset of the closing quote, or the end of the body. */
function endOfText(body: Buffer, quote: number): number {
  // Most long strings have no escapes and are skipped at once.
  const next = body.indexOf(QUOTE, quote + 1);
  if (next < 0) return body.length;
  if (body[next - 1] !== BACKSLASH) return next;
  for (let at = quote + 1; at < body.length; at++) {
    if (body[at] === BACKSLASH) at++;
    else if (body[at] === QUOTE) return at;
  }
  return body.length;
}
