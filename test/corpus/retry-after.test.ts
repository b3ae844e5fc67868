import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../src/policy/shaping/retry-after.ts';
import { corpusExists, readExpected, readMessage } from './corpus.ts';

const LENGTH = 1_000;

describe.skipIf(!corpusExists)('reports of the corpus, none of which asks to wait for a time', () => {
  test('hold no figure that is taken for one', () => {
    const found = readExpected().flatMap(([name]) => {
      const text = Buffer.from(readMessage(name)).toString('latin1');
      const parts = text.split(/\r?\n\r?\n/).flatMap(inParts);
      return parts.filter((part) => retryAfterMs(part) !== undefined).map((part) => [name, part]);
    });
    expect(found).toEqual([]);
  });
});

function inParts(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += LENGTH / 2) parts.push(text.slice(start, start + LENGTH));
  return parts;
}
