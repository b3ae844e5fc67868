/**
 * Repairs the line ends of a message as it arrives: every bare CR and bare LF becomes CRLF, so that signed, stored
 * and sent content has one kind of line end and cannot hide an end of data (RFC 5321 §2.3.8, §4.1.1.4). Everything
 * else is passed unchanged; a chunk without repairs is not copied.
 *
 * CR CR LF (text converted twice; three CRs: three times) and LF CR are one line end, without an extra empty line.
 * Also records NUL, over-long lines and 8-bit octets for the acceptor. Does no dot-stuffing and does not know end of
 * data, header or body.
 */
import { isAscii } from 'node:buffer';
import { firstWordAt, HIGH_BITS, LOW_BITS, wordsOf } from './octet-words.ts';

/** Octets of a line, without its CRLF; a message with a longer one is refused. */
export const MAX_LINE_OCTETS = 64 * 1024;
/** Octets of a line, without its CRLF, that RFC 5321 §4.5.3.1.6 allows; longer ones pass with a warning. */
export const STANDARD_LINE_OCTETS = 998;

/** `nul`: the message contains a NUL. `line-too-long`: a line over {@link MAX_LINE_OCTETS}. The first one found. */
export type LineProblem = 'nul' | 'line-too-long';

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Uint8Array.of(CR, LF);
/** This many CRs before an LF are one line end with it; earlier ones are bare. Bounds what is held back. */
const MAX_CRS_BEFORE_LF = 3;
const NOTHING = new Uint8Array(0);
// Added to the low bits of an octet, sets the high bit of every one above CR (no carry leaves the octet).
const ABOVE_CR = 0x01010101 * (0x7f - CR);

export class LineEndingRepair {
  #problem: LineProblem | undefined;
  #repaired = false;
  #eightBit = false;
  #longest = 0;
  // Octets of the line from earlier chunks, and the CRs at their end, held back until the next octets decide.
  #lineOctets = 0;
  #heldCrs = 0;
  /** The last octet was a bare LF: a CR after it belongs to it. */
  #afterBareLf = false;

  /** Set once; octets are still passed on, and the caller refuses the message at its end. */
  get problem(): LineProblem | undefined {
    return this.#problem;
  }

  /** True when a line end was changed or added. */
  get repaired(): boolean {
    return this.#repaired;
  }

  /** Octets of the longest line so far, without CRLF. */
  get longestLineOctets(): number {
    return Math.max(this.#longest, this.#lineOctets);
  }

  /** True when an octet over 127 was seen. */
  get eightBit(): boolean {
    return this.#eightBit;
  }

  /** The repaired octets: `bytes` itself, a part of it, or a new buffer. CRs at the end are held back until the next call. */
  push(bytes: Uint8Array): Uint8Array {
    const length = bytes.length;
    if (length === 0) return NOTHING;
    if (!this.#eightBit && !isAscii(bytes)) this.#eightBit = true;

    // Repaired pieces; undefined while `bytes` needs no repair.
    let pieces: Uint8Array[] | undefined;
    let keepFrom = 0;
    let lineStart = -this.#lineOctets;
    // End of the octets to keep.
    let end = length;
    let at = 0;
    if (this.#afterBareLf && bytes[0] === CR) lineStart = keepFrom = at = 1;
    this.#afterBareLf = false;
    if (this.#heldCrs > 0) {
      const run = this.#endRun(bytes, 0);
      pieces = [lineEnds(run.lineEnds)];
      if (run.lineEnds > 0) this.#endLine(this.#lineOctets);
      lineStart = run.lineEnds > 0 ? run.end : run.end - this.#lineOctets;
      keepFrom = at = run.end;
    }

    const words = wordsOf(bytes);
    const firstWord = firstWordAt(bytes);
    for (; at < length; at++) {
      const octet = bytes[at] as number;
      if (octet > CR) {
        if (((at - firstWord) & 3) === 3) {
          let word = (at + 1 - firstWord) >> 2;
          while (word < words.length && allAboveCr(words[word] as number)) word++;
          at = firstWord + 4 * word - 1;
        }
        continue;
      }
      if (octet === CR && bytes[at + 1] === LF) {
        this.#endLine(at - lineStart);
        at++;
        lineStart = at + 1;
      } else if (octet === CR) {
        const run = this.#endRun(bytes, at);
        if (run.lineEnds === 0) {
          end = at;
          break;
        }
        this.#endLine(at - lineStart);
        (pieces ??= []).push(bytes.subarray(keepFrom, at), lineEnds(run.lineEnds));
        lineStart = keepFrom = run.end;
        at = run.end - 1;
      } else if (octet === LF) {
        this.#endLine(at - lineStart);
        (pieces ??= []).push(bytes.subarray(keepFrom, at), CRLF);
        this.#repaired = true;
        this.#afterBareLf = at + 1 === length;
        if (bytes[at + 1] === CR) at++;
        lineStart = keepFrom = at + 1;
      } else if (octet === 0) {
        this.#problem ??= 'nul';
      }
    }

    this.#lineOctets = end - lineStart;
    if (this.#lineOctets > MAX_LINE_OCTETS) this.#problem ??= 'line-too-long';
    if (pieces === undefined && keepFrom === 0) return end === length ? bytes : bytes.subarray(0, end);
    return Buffer.concat([...(pieces ?? []), bytes.subarray(keepFrom, end)]);
  }

  /** The end of the message: a CRLF for a last line without one, or for trailing bare CRs. */
  end(): Uint8Array {
    if (this.#heldCrs === 0 && this.#lineOctets === 0) return NOTHING;
    const crs = this.#heldCrs;
    this.#heldCrs = 0;
    this.#repaired = true;
    this.#endLine(this.#lineOctets);
    this.#lineOctets = 0;
    return lineEnds(Math.max(1, crs));
  }

  /**
   * The run of CRs from `from`, including those held back before it, with a following LF: its end, and the number of
   * line ends. At the end of `bytes` the last CRs are held back.
   */
  #endRun(bytes: Uint8Array, from: number): { readonly end: number; readonly lineEnds: number } {
    let end = from;
    while (bytes[end] === CR) end++;
    const crs = this.#heldCrs + end - from;
    const bare = Math.max(0, crs - MAX_CRS_BEFORE_LF);
    this.#heldCrs = end === bytes.length ? crs - bare : 0;
    if (end === bytes.length) {
      if (bare > 0) this.#repaired = true;
      return { end, lineEnds: bare };
    }
    const beforeLf = bytes[end] === LF;
    if (!beforeLf || crs > 1) this.#repaired = true;
    return beforeLf ? { end: end + 1, lineEnds: bare + 1 } : { end, lineEnds: crs };
  }

  #endLine(octets: number): void {
    if (octets > this.#longest) {
      this.#longest = octets;
      if (octets > MAX_LINE_OCTETS) this.#problem ??= 'line-too-long';
    }
  }
}

function lineEnds(count: number): Uint8Array {
  return Buffer.alloc(CRLF.length * count, CRLF);
}

function allAboveCr(word: number): boolean {
  return ((((word & LOW_BITS) + ABOVE_CR) | word) & HIGH_BITS) === HIGH_BITS;
}
