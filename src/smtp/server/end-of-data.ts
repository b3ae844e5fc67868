/**
 * The octets between 354 and the end of data. Only CRLF . CRLF ends it, or . CRLF right after 354; dot-stuffing is
 * undone. Octets at the end of a chunk that may become either are held back, so that chunk borders never matter. RFC
 * 5321 §4.1.1.4, §4.5.2.
 */

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const LINE_WITH_DOT = Buffer.from('\n.');
const NOTHING = Buffer.alloc(0);

export class DataReader {
  #held: Buffer = NOTHING;
  #atStart = true;

  /**
   * Passes content to `take`, in order. Returns the number of octets of `piece` up to and including the end of data,
   * or -1 before it.
   */
  push(piece: Buffer, take: (content: Buffer) => void): number {
    const heldBytes = this.#held.length;
    const bytes = heldBytes === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = NOTHING;
    const end = this.#read(bytes, take);
    return end < 0 ? -1 : end - heldBytes;
  }

  #read(bytes: Buffer, take: (content: Buffer) => void): number {
    let from = 0;
    if (this.#atStart) {
      const first = this.#readStart(bytes);
      if (first === undefined) return -1;
      if (first === END_AT_START) return END_AT_START;
      from = first;
    }
    let search = from;
    for (;;) {
      const lf = bytes.indexOf(LINE_WITH_DOT, search);
      if (lf < 0) break;
      const dot = lf + 1;
      const lineEnd = bytes[lf - 1] === CR ? lf - 1 : lf;
      const next = bytes[dot + 1];
      if (next === undefined || (lineEnd < lf && next === CR && dot + 2 === bytes.length)) {
        this.#hold(bytes, from, lineEnd, take);
        return -1;
      }
      if (lineEnd < lf && next === CR && bytes[dot + 2] === LF) {
        take(bytes.subarray(from, dot));
        return dot + 3;
      }
      search = dot + 1;
      if (next === DOT) {
        take(bytes.subarray(from, dot));
        from = search;
      }
    }
    this.#hold(bytes, from, lineEndAtEnd(bytes, from), take);
    return -1;
  }

  /** The start of the content, {@link END_AT_START}, or `undefined` when more octets are needed. */
  #readStart(bytes: Buffer): number | undefined {
    const [first, second, third] = bytes;
    const undecided =
      first === undefined ||
      (first === DOT && (second === undefined || (second === CR && third === undefined)));
    if (undecided) {
      this.#held = Buffer.from(bytes);
      return undefined;
    }
    this.#atStart = false;
    if (first !== DOT) return 0;
    if (second === CR && third === LF) return END_AT_START;
    return second === DOT ? 1 : 0;
  }

  #hold(bytes: Buffer, from: number, at: number, take: (content: Buffer) => void): void {
    if (at > from) take(bytes.subarray(from, at));
    // A copy: a view would retain the whole chunk.
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(Math.max(at, from)));
  }
}

/** `. CRLF` */
const END_AT_START = 3;

/** The start of a complete or partial line end at the end of the octets. */
function lineEndAtEnd(bytes: Buffer, from: number): number {
  const { length } = bytes;
  const last = bytes[length - 1];
  if (length <= from) return length;
  if (last === CR) return length - 1;
  if (last !== LF) return length;
  return length - 2 >= from && bytes[length - 2] === CR ? length - 2 : length - 1;
}
