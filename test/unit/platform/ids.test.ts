import { describe, expect, it } from 'vitest';
import { base32, ID_BODY_LENGTH, makeId } from '../../../src/platform/ids.ts';
import { shuffled, systemRandom } from '../../../src/platform/random.ts';
import { seededRandom } from '../../support/seeded-random.ts';

describe('makeId', () => {
  it('sorts as text by time of creation', () => {
    const times = [0, 1, 31, 32, 1_000_000, 1_767_600_000_000, 1_767_600_000_001, 2 ** 45];
    const ids = times.map((atMs) => makeId('msg_', atMs, systemRandom));
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(new RegExp(`^msg_[0-9a-hjkmnp-tv-z]{${ID_BODY_LENGTH}}$`));
  });

  it('differs for every id of one instant', () => {
    const ids = Array.from({ length: 1_000 }, () => makeId('msg_', 5, systemRandom));
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe('base32', () => {
  it.each([
    [[], ''],
    [[0], '00'],
    [[0xff], 'zw'],
    [[0, 0, 0, 0, 1], '00000001'],
    [[0xff, 0xff, 0xff, 0xff, 0xff], 'zzzzzzzz'],
  ])('of %j is %j', (bytes, expected) => {
    expect(base32(Uint8Array.from(bytes))).toBe(expected);
  });
});

describe('shuffled', () => {
  it('keeps every item, leaves its input, and reaches every order', () => {
    const random = seededRandom(3);
    const items = [1, 2, 3];
    const orders = new Set(Array.from({ length: 200 }, () => shuffled(items, random).join()));
    expect(items).toEqual([1, 2, 3]);
    expect(orders.size).toBe(6);
  });
});
