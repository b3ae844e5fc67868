import { expect, test } from 'vitest';
import { shuffled, systemRandom } from '../../../src/platform/random.ts';
import { seededRandom } from '../../support/seeded-random.ts';

test('gives as many octets as asked for, never the same twice', () => {
  const seen = new Set<string>();
  for (let round = 0; round < 2_000; round++) {
    const bytes = systemRandom.bytes(16);
    expect(bytes.length).toBe(16);
    seen.add(Buffer.from(bytes).toString('hex'));
  }
  expect(seen.size).toBe(2_000);
  expect(systemRandom.bytes(1_000).length).toBe(1_000);
});

test('what was handed out is the caller’s own', () => {
  const first = systemRandom.bytes(32);
  const copy = Uint8Array.from(first);
  for (let round = 0; round < 500; round++) systemRandom.bytes(32);
  expect(first).toEqual(copy);
});

test('a shuffle keeps every item', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const mixed = shuffled(items, seededRandom(1));
  expect(mixed).not.toEqual(items);
  expect(mixed.toSorted((a, b) => a - b)).toEqual(items);
});
