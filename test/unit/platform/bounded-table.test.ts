/** A bounded table keeps what was used last, however often in a row, and whatever is removed in between. */
import { describe, expect, it } from 'vitest';
import { BoundedTable } from '../../../src/platform/bounded-table.ts';

const CAPACITY = 4;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('a bounded table', () => {
  it('drops what was used least recently', () => {
    const table = new BoundedTable<number>(2);
    table.set('a', 1);
    table.set('b', 2);
    expect([table.get('b'), table.get('b'), table.get('a')]).toEqual([2, 2, 1]);
    table.set('c', 3);
    expect([table.get('a'), table.get('b'), table.get('c')]).toEqual([1, undefined, 3]);
  });

  it('takes an entry that was removed and comes again for a new one', () => {
    const table = new BoundedTable<number>(2);
    table.set('a', 1);
    table.set('b', 2);
    table.delete('b');
    table.set('c', 3);
    table.set('b', 4);
    expect([table.size, table.get('a'), table.get('c'), table.get('b')]).toEqual([2, undefined, 3, 4]);
  });

  it('is what a list in the order of use would be, for every sequence of three thousand uses', () => {
    const table = new BoundedTable<number>(CAPACITY);
    let used: { key: string; value: number }[] = [];
    let seed = 1;
    const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 3_000; step++) {
      const key = KEYS[next(KEYS.length)] ?? '';
      const found = used.find((entry) => entry.key === key);
      const others = used.filter((entry) => entry !== found);
      switch (next(5)) {
        case 0:
          table.delete(key);
          used = others;
          break;
        case 1:
        case 2:
          table.set(key, step);
          used = [...others, { key, value: step }].slice(-CAPACITY);
          break;
        default:
          expect(table.get(key)).toBe(found?.value);
          if (found !== undefined) used = [...others, found];
      }
      expect(table.size).toBe(used.length);
    }
  });
});
