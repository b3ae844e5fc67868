/** However many ask for however much: nobody gets all, and whoever comes next gets some. */
import { expect, test } from 'vitest';
import { mayHold } from '../../../src/policy/memory-share.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const MAX = 1_200;

/** Each key of each account takes one by one in a random order, until none may. */
function filled(accounts: number, keysOfEach: number, seed: number) {
  const random = seededRandom(seed);
  const byKey = Array.from({ length: accounts * keysOfEach }, () => 0);
  const accountOf = (key: number) => Math.floor(key / keysOfEach);
  const sum = (parts: readonly number[]) => parts.reduce((one, other) => one + other, 0);
  const use = (key: number) => ({
    maxBytes: MAX,
    usedBytes: sum(byKey),
    accountBytes: sum(byKey.filter((_held, other) => accountOf(other) === accountOf(key))),
    keyBytes: byKey[key]!,
  });
  let wanting = byKey.map((_held, key) => key);
  while (wanting.length > 0) {
    const key = wanting[Math.floor(random.float() * wanting.length)]!;
    if (mayHold(use(key), 1)) byKey[key]! += 1;
    else wanting = wanting.filter((other) => other !== key);
  }
  return { byKey, free: MAX - sum(byKey) };
}

test('one key alone holds a third, one account alone a half', () => {
  expect(filled(1, 1, 1)).toEqual({ byKey: [400], free: 800 });
  expect(filled(1, 5, 1).free).toBe(600);
});

test.each([1, 2, 3, 5, 10, 30])('%i accounts that grow together leave room for another', (accounts) => {
  for (const keysOfEach of [1, 3])
    for (let seed = 1; seed <= 5; seed++) {
      const { byKey, free } = filled(accounts, keysOfEach, seed);
      expect(Math.max(...byKey)).toBeLessThanOrEqual(MAX / 3);
      // Less by a little: whoever took more while there was more does not give it back.
      expect(free).toBeGreaterThanOrEqual((MAX / (accounts + 1)) * 0.75);
    }
});

test('more than everything is never held', () => {
  const use = { maxBytes: MAX, usedBytes: 0, accountBytes: 0, keyBytes: 0 };
  expect(mayHold(use, 400)).toBe(true);
  expect(mayHold(use, 401)).toBe(false);
  expect(mayHold({ ...use, usedBytes: MAX }, 1)).toBe(false);
});
