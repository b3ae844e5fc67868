import { describe, expect, it } from 'vitest';
import { OtherLives } from '../../../../src/store/postgres/fleet/other-lives.ts';

const LEASE_MS = 20_000;
const at = (ms: number) => ({ askedMs: ms, answeredMs: ms });

describe('the lives of others', () => {
  it('are not over when they are first seen, however old their lease is', () => {
    const others = new OtherLives(LEASE_MS);
    expect(others.observe([{ life: 1, until: 0 }], at(1_000_000))).toEqual([]);
  });

  it('are over when their lease stood still for as long as it lasts', () => {
    const others = new OtherLives(LEASE_MS);
    const lease = { life: 1, until: 100 };
    expect(others.observe([lease], at(0))).toEqual([]);
    expect(others.observe([lease], at(19_999))).toEqual([]);
    expect(others.observe([lease], at(20_000))).toEqual([lease]);
  });

  it('go on with every change of their lease, forwards or backwards', () => {
    const others = new OtherLives(LEASE_MS);
    others.observe([{ life: 1, until: 100 }], at(0));
    expect(others.observe([{ life: 1, until: 101 }], at(20_000))).toEqual([]);
    // A failover lost the last renewal.
    expect(others.observe([{ life: 1, until: 100 }], at(40_000))).toEqual([]);
    expect(others.observe([{ life: 1, until: 100 }], at(60_000))).toHaveLength(1);
  });

  it('say when the first of them would be over', () => {
    const others = new OtherLives(LEASE_MS);
    expect(others.nextOverInMs(0)).toBe(Infinity);
    others.observe([{ life: 1, until: 100 }], at(0));
    const both = [
      { life: 1, until: 100 },
      { life: 2, until: 100 },
    ];
    others.observe(both, at(5_000));
    expect(others.nextOverInMs(5_000)).toBe(15_000);
    others.observe([{ life: 2, until: 100 }], at(6_000));
    expect(others.nextOverInMs(6_000)).toBe(19_000);
  });

  it('are counted from the answer to the next question, so that a slow database ends nobody early', () => {
    const others = new OtherLives(LEASE_MS);
    const lease = { life: 1, until: 100 };
    others.observe([lease], { askedMs: 0, answeredMs: 8_000 });
    expect(others.observe([lease], { askedMs: 20_000, answeredMs: 30_000 })).toEqual([]);
    expect(others.observe([lease], { askedMs: 28_000, answeredMs: 28_000 })).toEqual([lease]);
  });

  it('are told apart', () => {
    const others = new OtherLives(LEASE_MS);
    others.observe([{ life: 1, until: 5 }], at(0));
    others.observe(
      [
        { life: 1, until: 5 },
        { life: 2, until: 5 },
      ],
      at(10_000),
    );
    const both = [
      { life: 1, until: 5 },
      { life: 2, until: 5 },
    ];
    expect(others.observe(both, at(20_000))).toEqual([{ life: 1, until: 5 }]);
  });

  it('are forgotten when they have ended', () => {
    const others = new OtherLives(LEASE_MS);
    others.observe([{ life: 1, until: 5 }], at(0));
    others.observe([], at(10_000));
    expect(others.observe([{ life: 1, until: 5 }], at(20_000))).toEqual([]);
  });
});
