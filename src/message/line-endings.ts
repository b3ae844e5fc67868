/**
 * Repairs the line ends of a message as it arrives: every bare CR and bare LF becomes CRLF, so that what is signed,
 * stored and sent holds one kind of line end and nobody can hide an end of data in it (RFC 5321 §2.3.8, §4.1.1.4).
 * Everything else passes octet for octet; a chunk that needs nothing is handed on without a copy.
 *
 * On the way it notes what the acceptor has to know: NUL, over-long lines, 8-bit octets. CR CR LF is a bare CR and
 * then a CRLF, hence two line ends. It does no dot-stuffing and knows nothing of header and body.
 */
import { isAscii } from 'node:buffer';
import { firstWordAt, HIGH_BITS, LOW_BITS, wordsOf } from './octet-words.ts';

/** Octets of a line, without its CRLF, beyond which a message is refused. */
export const MAX_LINE_OCTETS = 64 * 1024;
/** Octets of a line, without its CRLF, that RFC 5321 §4.5.3.1.6 promises to take; longer ones pass with a warning. */
export const STANDARD_LINE_OCTETS = 998;

/** `nul`: the message holds a NUL. `line-too-long`: a line over {@link MAX_LINE_OCTETS}. The first one found. */
export type LineProblem = 'nul' | 'line-too-long';

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Uint8Array.of(CR, LF);
const NOTHING = new Uint8Array(0);
// Added to the low bits of an octet, sets the high bit of every one above CR (no carry leaves the octet).
const ABOVE_CR = 0x01010101 * (0x7f - CR);

export class LineEndingRepair {
  #problem: LineProblem | undefined;
  #repaired = false;
  #eightBit = false;
  #longest = 0;
  // Octets of the line begun in earlier chunks, and whether the last octet was a CR whose fate the next one decides
  // (it is held back until then).
  #lineOctets = 0;
  #heldCr = false;

  /** Set once and kept; the octets are still passed on, the caller refuses the message when it has been read. */
  get problem(): LineProblem | undefined {
    return this.#problem;
  }

  /** True when a line end had to be changed or the last one added. */
  get repaired(): boolean {
    return this.#repaired;
  }

  /** Octets of the longest line so far, without CRLF. */
  get longestLineOctets(): number {
    return Math.max(this.#longest, this.#lineOctets);
  }

  /** True when an octet over 127 went through. */
  get eightBit(): boolean {
    return this.#eightBit;
  }

  /** The repaired octets: `bytes` itself, a part of it, or a new buffer. A CR at the end is held back until the next call. */
  push(bytes: Uint8Array): Uint8Array {
    const length = bytes.length;
    if (length === 0) return NOTHING;
    if (!this.#eightBit && !isAscii(bytes)) this.#eightBit = true;

    // Repaired pieces; stays empty as long as `bytes` is right as it is.
    let pieces: Uint8Array[] | undefined;
    let keepFrom = 0;
    let lineStart = -this.#lineOctets;
    let at = 0;
    if (this.#heldCr) {
      this.#heldCr = false;
      pieces = [CRLF];
      if (bytes[0] === LF) at = 1;
      else this.#repaired = true;
      keepFrom = at;
      this.#endLine(this.#lineOctets);
      lineStart = at;
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
      if (octet === CR) {
        if (at + 1 === length) {
          this.#heldCr = true;
          break;
        }
        this.#endLine(at - lineStart);
        if (bytes[at + 1] === LF) {
          at++;
        } else {
          (pieces ??= []).push(bytes.subarray(keepFrom, at), CRLF);
          keepFrom = at + 1;
          this.#repaired = true;
        }
        lineStart = at + 1;
      } else if (octet === LF) {
        this.#endLine(at - lineStart);
        (pieces ??= []).push(bytes.subarray(keepFrom, at), CRLF);
        keepFrom = at + 1;
        this.#repaired = true;
        lineStart = at + 1;
      } else if (octet === 0) {
        this.#problem ??= 'nul';
      }
    }

    const end = this.#heldCr ? length - 1 : length;
    this.#lineOctets = end - lineStart;
    if (this.#lineOctets > MAX_LINE_OCTETS) this.#problem ??= 'line-too-long';
    if (pieces === undefined) return end === length ? bytes : bytes.subarray(0, end);
    pieces.push(bytes.subarray(keepFrom, end));
    return Buffer.concat(pieces);
  }

  /** What is left at the end of the message: the CRLF of a last line that had none, or of a last bare CR. */
  end(): Uint8Array {
    if (!this.#heldCr && this.#lineOctets === 0) return NOTHING;
    this.#heldCr = false;
    this.#repaired = true;
    this.#endLine(this.#lineOctets);
    this.#lineOctets = 0;
    return CRLF;
  }

  #endLine(octets: number): void {
    if (octets > this.#longest) {
      this.#longest = octets;
      if (octets > MAX_LINE_OCTETS) this.#problem ??= 'line-too-long';
    }
  }
}

function allAboveCr(word: number): boolean {
  return ((((word & LOW_BITS) + ABOVE_CR) | word) & HIGH_BITS) === HIGH_BITS;
}
