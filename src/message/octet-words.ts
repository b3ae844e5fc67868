/**
 * Looks at octets four at a time, for the scans that every octet of every message goes through. A view over the
 * same memory, nothing is copied; what does not fill an aligned word at either end is left to the caller.
 */

/** The high bit of each octet of a word. */
export const HIGH_BITS = 0x80808080 | 0;
/** All but the high bit of each octet of a word. */
export const LOW_BITS = 0x7f7f7f7f;

/** Offset of the first octet that starts an aligned word; may lie past the end. */
export function firstWordAt(bytes: Uint8Array): number {
  return -bytes.byteOffset & 3;
}

/** The whole words from {@link firstWordAt} on: word `i` holds the octets from `firstWordAt(bytes) + 4 * i`. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const first = firstWordAt(bytes);
  if (bytes.length < first + 4) return NO_WORDS;
  return new Int32Array(bytes.buffer, bytes.byteOffset + first, (bytes.length - first) >> 2);
}

const NO_WORDS = new Int32Array(0);
