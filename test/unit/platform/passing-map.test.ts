import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassingMap } from '../../../src/platform/passing-map.ts';

const change = fc.record({ key: fc.integer({ min: 0, max: 9 }), value: fc.option(fc.string()) });

describe('a map of what passes', () => {
  it('has what a Map has after the same changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const passing = new PassingMap<string>();
        const map = new Map<number, string>();
        for (const { key, value } of changes) {
          if (value === null) {
            passing.delete(key);
            map.delete(key);
          } else {
            // A key that is set again is the last, and so it is here.
            map.delete(key);
            passing.set(key, value);
            map.set(key, value);
          }
        }
        expect(passing.size).toBe(map.size);
        expect([...passing.keys()]).toEqual([...map.keys()]);
        expect([...passing.values()].sort()).toEqual([...map.values()].sort());
        for (let key = 0; key < 10; key++) expect(passing.get(key)).toBe(map.get(key));
      }),
    );
  });

  it('may lose what a loop has come to', () => {
    const passing = new PassingMap<number>();
    for (const key of [3, 1, 2]) passing.set(key, key);
    for (const value of passing.values()) passing.delete(value);
    expect(passing.size).toBe(0);
  });
});
