/**
 * How much structure a JSON body has, looked at before it is parsed: a value of two octets becomes an object of forty, and
 * 25 MB of them take seconds and a gigabyte. One pass over the octets; what they say is the parser's question.
 */

/** Objects, lists and what stands in them. A thousand messages of a batch have 250 each. */
export const MAX_JSON_VALUES = 250_000;
export const MAX_JSON_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** In words that follow "the body"; `undefined`: nothing stands against it. */
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

/** Of the closing quote; the end of the body where there is none. */
function endOfText(body: Buffer, quote: number): number {
  // Most long texts have no escapes at all, and are passed over at once.
  const next = body.indexOf(QUOTE, quote + 1);
  if (next < 0) return body.length;
  if (body[next - 1] !== BACKSLASH) return next;
  for (let at = quote + 1; at < body.length; at++) {
    if (body[at] === BACKSLASH) at++;
    else if (body[at] === QUOTE) return at;
  }
  return body.length;
}
