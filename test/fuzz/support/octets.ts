/** Octets that parsers of line-oriented protocols trip over, and ways to cut them. */
import fc from 'fast-check';

/** Pieces of the alphabet in any order, among them now and then any octets at all; about `maxLength` pieces at the most. */
export function soup(alphabet: readonly string[], maxLength = 24): fc.Arbitrary<Buffer> {
  return fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...alphabet).map((text) => Buffer.from(text, 'latin1')) },
        {
          weight: 1,
          arbitrary: fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
        },
      ),
      { maxLength, size: 'max' },
    )
    .map((pieces) => Buffer.concat(pieces));
}

/** The same of characters. */
export function wordSoup(alphabet: readonly string[], maxLength = 16): fc.Arbitrary<string> {
  return fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...alphabet) },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
      ),
      { maxLength, size: 'max' },
    )
    .map((pieces) => pieces.join(''));
}

/** Line ends, dots and what stands around them. */
export const LINE_ALPHABET: readonly string[] = [
  ...['\r\n', '\r', '\n', '.', '\r\n.', '\r\n.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\n.\r'],
  ...['\r\r\n', '\n\r', '\r\r\n.\r\r\n', '\n\r.\n\r', '\r\r\r'],
  ...['\0', ' ', '\t', 'a', 'word ', '\x80', '\xff\xfe', '....', '  ', 'x'.repeat(61)],
];

/** Where to cut: each number is taken modulo what there is to cut. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.nat(5_000), { maxLength: 12 }) },
  // Octet by octet.
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 600 }, (_, at) => at)) },
);

/**
 * `bytes` in pieces, in order; some may be empty. Each piece starts at another offset from an aligned address, since some
 * of our scans look at words.
 */
export function pieces(bytes: Uint8Array, at: readonly number[]): Buffer[] {
  const edges = [...new Set(at.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  return [...edges, bytes.length].map((end, index) => {
    const part = bytes.subarray(edges[index - 1] ?? 0, end);
    const home = Buffer.alloc(part.length + 4);
    home.set(part, index & 3);
    return home.subarray(index & 3, (index & 3) + part.length);
  });
}
