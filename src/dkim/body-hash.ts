/**
 * Incremental DKIM body hash: SHA-256 over the relaxed canonical form, RFC 6376 §3.4.4. Runs of white space become
 * one space; white space at line ends and empty lines at the end of the body are removed; a body of nothing else
 * hashes as zero octets.
 *
 * Chunk borders do not matter. Line ends are CRLF (message/line-endings.ts); a bare CR or LF is content. Works on
 * runs: octets that are canonical already are hashed as they are, and copied only around white space.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { firstWordAt, HIGH_BITS, LOW_BITS, wordsOf } from '../message/octet-words.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;

// Added to the low bits of an octet, sets its high bit when the octet is >= SP, and > SP.
const FROM_SP = 0x01010101 * (0x80 - SP);
const ABOVE_SP = 0x01010101 * (0x7f - SP);
// Reading four octets at a time depends on their order within a word; big-endian machines read octet by octet.
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const NO_WORDS = new Int32Array(0);

export class RelaxedBodyHash {
  readonly #hash: Hash = createHash('sha256');
  #hasContent = false;
  // The gap since the last content, which counts only if more content follows: line ends, then perhaps white space,
  // then perhaps a CR whose LF may be in the next chunk.
  #lineEnds = 0;
  #space = false;
  #cr = false;

  update(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length === 0) return;
    let at = 0;
    if (this.#cr) {
      this.#cr = false;
      if (bytes[0] === LF) {
        this.#lineEnds++;
        this.#space = false;
        at = 1;
      } else {
        this.#addBareCr();
      }
    }

    const words = LITTLE_ENDIAN ? wordsOf(bytes) : NO_WORDS;
    const firstWord = firstWordAt(bytes);
    let inGap = this.#lineEnds > 0 || this.#space;
    // [runStart, at) is content in canonical form.
    let runStart = at;
    for (;;) {
      if (!inGap) at = endOfRun(bytes, words, firstWord, at);
      const gapStart = at;
      if (at < length) at = this.#readGap(bytes, at);
      if (at === length) {
        this.#add(bytes, runStart, gapStart);
        break;
      }
      if (inGap || !this.#gapIsCanonical(bytes, gapStart, at)) {
        this.#add(bytes, runStart, gapStart);
        this.#addGap();
        runStart = at;
      } else {
        this.#lineEnds = 0;
        this.#space = false;
      }
      inGap = false;
      // The octet that ends the gap is content, also a bare CR.
      at++;
    }
    flush(this.#hash);
  }

  /** In base64, as in `bh=`. No method may be called afterwards. */
  digest(): string {
    if (this.#cr) this.#addBareCr();
    if (this.#hasContent) {
      gatherOctet(this.#hash, CR);
      gatherOctet(this.#hash, LF);
    }
    flush(this.#hash);
    return this.#hash.digest('base64');
  }

  /** Reads white space and line ends from `at`; returns the offset of the next content, or the length. */
  #readGap(bytes: Uint8Array, at: number): number {
    const length = bytes.length;
    let lineEnds = this.#lineEnds;
    let space = this.#space;
    for (; at < length; at++) {
      const octet = bytes[at];
      if (octet === SP || octet === TAB) {
        space = true;
      } else if (octet === CR && at + 1 === length) {
        this.#cr = true;
      } else if (octet === CR && bytes[at + 1] === LF) {
        lineEnds++;
        space = false;
        at++;
      } else {
        break;
      }
    }
    this.#lineEnds = lineEnds;
    this.#space = space;
    return at;
  }

  /** True when the gap is canonical, so that the run can continue over it. */
  #gapIsCanonical(bytes: Uint8Array, start: number, end: number): boolean {
    return (
      end - start === 2 * this.#lineEnds + (this.#space ? 1 : 0) && (!this.#space || bytes[end - 1] === SP)
    );
  }

  #addGap(): void {
    for (; this.#lineEnds > 0; this.#lineEnds--) {
      gatherOctet(this.#hash, CR);
      gatherOctet(this.#hash, LF);
    }
    if (this.#space) gatherOctet(this.#hash, SP);
    this.#space = false;
    this.#hasContent = true;
  }

  #addBareCr(): void {
    this.#addGap();
    gatherOctet(this.#hash, CR);
  }

  #add(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.#hasContent = true;
    gather(this.#hash, bytes, start, end);
  }
}

/** Of a body that is there as a whole, in base64. */
export function bodyHashOf(body: Uint8Array): string {
  const hash = new RelaxedBodyHash();
  hash.update(body);
  return hash.digest();
}

/** The offset of the first white space or line end that may not be canonical, or the length. */
function endOfRun(bytes: Uint8Array, words: Int32Array, firstWord: number, at: number): number {
  // Stops before the end, so that the two octets after one can be read without a bounds check.
  const safe = bytes.length - 2;
  while (at < safe) {
    const octet = bytes[at] as number;
    if (octet > SP) {
      at++;
    } else if (octet === SP) {
      if ((bytes[at + 1] as number) <= SP) return at;
      at += 2;
    } else if (octet === CR) {
      if (bytes[at + 1] !== LF || (bytes[at + 2] as number) <= SP) return at;
      at += 3;
    } else if (octet === TAB) {
      return at;
    } else {
      at++;
    }
    // Here the previous octet is content.
    if (((at - firstWord) & 3) === 0) at = skipWords(words, firstWord, at);
  }
  while (at < bytes.length) {
    const octet = bytes[at];
    if (octet === SP || octet === TAB || octet === CR) return at;
    at++;
  }
  return at;
}

/**
 * Skips words of content and single spaces; stops at the first word with anything else, or at a space right before
 * it.
 */
function skipWords(words: Int32Array, firstWord: number, at: number): number {
  const count = words.length;
  let index = (at - firstWord) >> 2;
  let spaceBefore = 0;
  for (; index < count; index++) {
    const word = words[index] as number;
    const low = word & LOW_BITS;
    if ((((low + FROM_SP) | word) & HIGH_BITS) !== HIGH_BITS) break;
    // High bits of the octets that are spaces (lower octets are excluded).
    const spaces = ~((low + ABOVE_SP) | word) & HIGH_BITS;
    if ((spaces & ((spaces << 8) | spaceBefore)) !== 0) break;
    spaceBefore = spaces >>> 24;
  }
  return firstWord + 4 * index - (spaceBefore === 0 ? 0 : 1);
}

// Buffers short runs, so that the hash is called once for many. All hashes of the thread share the buffer, because
// each call leaves it empty.
const GATHER_BYTES = 32 * 1024;
// Runs from DIRECT_BYTES are hashed directly; short runs are copied octet by octet. Each is the cheaper way.
const DIRECT_BYTES = 2 * 1024;
const LOOP_BYTES = 32;
const gathered = new Uint8Array(GATHER_BYTES);
let gatheredBytes = 0;

function gather(hash: Hash, bytes: Uint8Array, start: number, end: number): void {
  const size = end - start;
  if (size >= DIRECT_BYTES) {
    flush(hash);
    hash.update(bytes.subarray(start, end));
    return;
  }
  if (gatheredBytes + size > GATHER_BYTES) flush(hash);
  if (size <= LOOP_BYTES) {
    let to = gatheredBytes;
    for (let from = start; from < end; from++) gathered[to++] = bytes[from] as number;
  } else {
    gathered.set(bytes.subarray(start, end), gatheredBytes);
  }
  gatheredBytes += size;
}

function gatherOctet(hash: Hash, octet: number): void {
  if (gatheredBytes === GATHER_BYTES) flush(hash);
  gathered[gatheredBytes++] = octet;
}

function flush(hash: Hash): void {
  if (gatheredBytes === 0) return;
  hash.update(gathered.subarray(0, gatheredBytes));
  gatheredBytes = 0;
}
