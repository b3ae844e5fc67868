import { describe, expect, it } from 'vitest';
import { RefusalRation } from '../../../src/policy/refusal-ration.ts';

const taken = (ration: RefusalRation, account: string, times: number, nowMs: number) =>
  Array.from({ length: times }, () => ration.take(account, nowMs)).filter((left) => left !== undefined);

describe('of the messages that were turned away', () => {
  it('some of an account are kept at once, then one now and then', () => {
    const ration = new RefusalRation({ atOnce: 3, everyMs: 10_000 }, { atOnce: 100, everyMs: 1 });
    expect(taken(ration, 'a', 10, 0).length).toBe(3);
    expect(taken(ration, 'a', 10, 9_999).length).toBe(0);
    expect(taken(ration, 'a', 10, 20_000).length).toBe(2);
    expect(taken(ration, 'a', 10, 1e9).length).toBe(3);
  });

  it('the next one that is kept says how many were left out, once', () => {
    const ration = new RefusalRation({ atOnce: 1, everyMs: 1_000 }, { atOnce: 100, everyMs: 1 });
    expect(ration.take('a', 0)).toBe(0);
    expect(taken(ration, 'a', 5, 0)).toEqual([]);
    expect(ration.take('a', 1_000)).toBe(5);
    expect(ration.take('a', 2_000)).toBe(0);
  });

  it('one account leaves others theirs, until there is none left in all', () => {
    const ration = new RefusalRation({ atOnce: 3, everyMs: 10_000 }, { atOnce: 5, everyMs: 1_000 });
    expect(taken(ration, 'a', 100, 0).length).toBe(3);
    expect(taken(ration, 'b', 100, 0).length).toBe(2);
    expect(taken(ration, 'c', 100, 0).length).toBe(0);
    expect(ration.take('c', 1_000)).toBe(100);
  });

  it('what was to be kept and could not be counts as left out', () => {
    const ration = new RefusalRation();
    expect(ration.take('a', 0)).toBe(0);
    ration.lost('a', 4);
    expect(ration.take('a', 0)).toBe(5);
  });

  it('a clock that stands still or goes back gives nothing', () => {
    const ration = new RefusalRation({ atOnce: 1, everyMs: 10 }, { atOnce: 100, everyMs: 1 });
    expect(ration.take('a', 1_000)).toBe(0);
    expect(ration.take('a', 1_000)).toBeUndefined();
    expect(ration.take('a', 0)).toBeUndefined();
  });
});
