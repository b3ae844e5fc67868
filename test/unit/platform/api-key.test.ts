/** Keys as they are written: what scanners look for, and what a typing mistake does. */
import { expect, test } from 'vitest';
import { API_KEY_PATTERN, isApiKey, makeApiKey } from '../../../src/platform/api-key.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(3);

test('a key has its prefix, 160 random bits and a checksum', () => {
  const key = makeApiKey(random);
  expect(key).toMatch(API_KEY_PATTERN);
  expect(key).toHaveLength('pst_live_'.length + 32 + 7);
  expect(isApiKey(key)).toBe(true);
  expect(makeApiKey(random)).not.toBe(key);
});

test('one wrong character anywhere is noticed without a look-up', () => {
  const key = makeApiKey(random);
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'a' ? 'b' : 'a';
    expect(isApiKey(key.slice(0, at) + other + key.slice(at + 1)), `character ${at}`).toBe(false);
  }
  expect(isApiKey(key.slice(0, -1))).toBe(false);
  expect(isApiKey(`${key}0`)).toBe(false);
  expect(isApiKey(key.toUpperCase())).toBe(false);
  expect(isApiKey('')).toBe(false);
});
