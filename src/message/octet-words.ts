/**
 * Views octets as 32-bit words, for the scans that every octet of every message passes through. No copy; octets
 * outside aligned words at either end are left to the caller.
 */

/** The high bit of each octet of a word. */
export const HIGH_BITS = 0x80808080 | 0;
/** All except the high bit of each octet of a word. */
export const LOW_BITS = 0x7f7f7f7f;

/** Offset of the first aligned word; may be past the end. */
export function firstWordAt(bytes: Uint8Array): number {
  return -bytes.byteOffset & 3;
}

/** The whole words from {@link firstWordAt}: word `i` has the octets from `firstWordAt(bytes) + 4 * i`. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const first = firstWordAt(bytes);
  if (bytes.length < first + 4) return NO_WORDS;
  return new Int32Array(bytes.buffer, bytes.byteOffset + first, (bytes.length - first) >> 2);
}

const NO_WORDS = new Int32Array(0);
