/** Where a message ends, and which dots are its own, however the octets were cut. */
import { describe, expect, it } from 'vitest';
import { DataReader } from '../../../../src/smtp/server/end-of-data.ts';

interface Read {
  readonly content: string;
  /** What follows the end of data; `undefined`: it did not come. */
  readonly rest: string | undefined;
}

/** Cut before each of `cuts`. */
function readInPieces(octets: string, cuts: readonly number[]): Read {
  const reader = new DataReader();
  const bytes = Buffer.from(octets, 'latin1');
  let content = '';
  const edges = [...cuts, bytes.length];
  let from = 0;
  for (const edge of edges) {
    const end = reader.push(bytes.subarray(from, edge), (taken) => (content += taken.toString('latin1')));
    if (end >= 0) return { content, rest: bytes.toString('latin1', from + end) };
    from = edge;
  }
  return { content, rest: undefined };
}

const CASES: readonly (readonly [string, Read])[] = [
  ['a\r\n.\r\nQUIT\r\n', { content: 'a\r\n', rest: 'QUIT\r\n' }],
  ['.\r\nQUIT\r\n', { content: '', rest: 'QUIT\r\n' }],
  ['..\r\n.\r\n', { content: '.\r\n', rest: '' }],
  ['...\r\n.\r\n', { content: '..\r\n', rest: '' }],
  ['a\r\n..b\r\n..\r\n.\r\n', { content: 'a\r\n.b\r\n.\r\n', rest: '' }],
  ['a\r\n.b\r\n.\r\n', { content: 'a\r\n.b\r\n', rest: '' }],
  ['a\n.\nb\r\n.\r\n', { content: 'a\n.\nb\r\n', rest: '' }],
  ['a\n.\r\nb\r\n.\r\n', { content: 'a\n.\r\nb\r\n', rest: '' }],
  ['a\r\n.\nb\r\n.\r\n', { content: 'a\r\n.\nb\r\n', rest: '' }],
  ['a\r.\rb\r\n.\r\n', { content: 'a\r.\rb\r\n', rest: '' }],
  ['a\r\n.\rb\r\n.\r\n', { content: 'a\r\n.\rb\r\n', rest: '' }],
  ['a\r\n.\r\r\n.\r\n', { content: 'a\r\n.\r\r\n', rest: '' }],
  ['a\r\n\0.\r\nb\r\n.\r\n', { content: 'a\r\n\0.\r\nb\r\n', rest: '' }],
  ['a\n..b\r\n.\r\n', { content: 'a\n.b\r\n', rest: '' }],
  ['\r\n.\r\n', { content: '\r\n', rest: '' }],
  ['\n.\r\n\r\n.\r\nX', { content: '\n.\r\n\r\n', rest: 'X' }],
  ['.\r.\r\nb\r\n.\r\n', { content: '.\r.\r\nb\r\n', rest: '' }],
  ['a\r\r\n.\r\n', { content: 'a\r\r\n', rest: '' }],
];

describe('the end of data', () => {
  it.each(CASES)('of %j, in every cut into three', (octets, expected) => {
    expect(readInPieces(octets, [])).toEqual(expected);
    for (let first = 0; first <= octets.length; first++) {
      for (let second = first; second <= octets.length; second++) {
        const read = readInPieces(octets, [first, second]);
        // What follows in later pieces is not the reader's.
        expect({ content: read.content, ended: read.rest !== undefined }, `${first} ${second}`).toEqual({
          content: expected.content,
          ended: true,
        });
      }
    }
  });

  it('of all octets one by one is the same, for every short text of dots and line ends', () => {
    const alphabet = ['.', '\r', '\n', 'a'];
    const texts = alphabet.reduce<string[]>(
      (all) => all.flatMap((text) => alphabet.map((x) => text + x)),
      [''],
    );
    const differ: string[] = [];
    for (const one of texts) {
      for (const other of texts) {
        const octets = `${one}${other}\r\n.\r\n`;
        const everywhere = Array.from({ length: octets.length }, (_, i) => i);
        if (readInPieces(octets, everywhere).content !== readInPieces(octets, []).content)
          differ.push(octets);
      }
    }
    expect(differ).toEqual([]);
  });

  it('keeps what may still become an end, and only that', () => {
    const reader = new DataReader();
    const taken: string[] = [];
    const take = (bytes: Buffer) => taken.push(bytes.toString('latin1'));
    expect(reader.push(Buffer.from('abc\r\n.'), take)).toBe(-1);
    expect(taken).toEqual(['abc']);
    expect(reader.push(Buffer.from('\r'), take)).toBe(-1);
    expect(taken).toEqual(['abc']);
    expect(reader.push(Buffer.from('\nNOOP'), take)).toBe(1);
    expect(taken).toEqual(['abc', '\r\n']);
  });
});
