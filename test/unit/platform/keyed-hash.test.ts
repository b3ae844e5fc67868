import { expect, it } from 'vitest';
import { isOneOf } from '../../../src/platform/keyed-hash.ts';

const one = Buffer.alloc(32, 1);
const two = Buffer.alloc(32, 2);

it('finds a hash among those of all accepted keys', () => {
  expect(isOneOf(one, [one])).toBe(true);
  expect(isOneOf(two, [one, two])).toBe(true);
  expect(isOneOf(one, [one, two])).toBe(true);
});

it('finds none among others, among none, and none of another length', () => {
  expect(isOneOf(one, [two])).toBe(false);
  expect(isOneOf(one, [])).toBe(false);
  expect(isOneOf(one.subarray(0, 31), [one])).toBe(false);
  expect(isOneOf(Buffer.alloc(0), [one])).toBe(false);
});
