import { describe, expect, test } from 'vitest';
import type { AutomaticLimit } from '../../../../src/policy/shaping/automatic-limit.ts';
import {
  changeOf,
  isChangeDue,
  limitAt,
  MAX_STEP,
  nextLimit,
  SAME_MOMENT_MS,
  type LimitingReply,
} from '../../../../src/policy/shaping/next-limit.ts';

const AT = 1_000_000;
const MIN = 60_000;
const FOR = 10 * MIN;

function said(nowMs: number, changes: Partial<LimitingReply> = {}): LimitingReply {
  return {
    ...{ subject: 'google', source: undefined, action: 'slow', forMs: FOR, rule: 'google-rate' },
    ...{ reply: '421 4.7.28 slow down', destination: 'gmail.test' },
    ...{ startedAtMs: nowMs, nowMs, ofConnection: false, connections: 10, perMinute: 600 },
    ...changes,
  };
}

/** Refused again and again, each time for something that began a moment before. */
function refusedAt(...times: readonly number[]): AutomaticLimit {
  let limit: AutomaticLimit | undefined;
  for (const atMs of times) limit = nextLimit(limit, said(atMs));
  return limit!;
}

describe('nextLimit', () => {
  test('halves what was in use', () => {
    expect(refusedAt(AT)).toEqual({
      ...{ subject: 'google', source: undefined, action: 'slow', step: 1, perMinute: 300, connections: 5 },
      ...{ atMs: AT, changedAtMs: AT, untilMs: AT + FOR, times: 1 },
      ...{ rule: 'google-rate', reply: '421 4.7.28 slow down', destination: 'gmail.test' },
    });
  });

  test('replies of the same moment, and to what was under way before, count once', () => {
    const limit = refusedAt(AT);
    expect(nextLimit(limit, said(AT + SAME_MOMENT_MS - 1))).toBe(limit);
    expect(nextLimit(limit, said(AT + MIN, { startedAtMs: AT - 1 }))).toBe(limit);
  });

  test('halves again at the next refusal, and never to nothing', () => {
    const limit = nextLimit(refusedAt(AT), said(AT + MIN, { connections: 3 }));
    expect(limit).toMatchObject({
      step: 2,
      times: 2,
      perMinute: 150,
      connections: 1,
      untilMs: AT + MIN + FOR,
    });
    const times = Array.from({ length: 40 }, (_one, index) => AT + index * MIN);
    expect(refusedAt(...times)).toMatchObject({ step: MAX_STEP, perMinute: 1, connections: 1 });
  });

  test('where next to nothing was under way, begins with what is nobody’s burst', () => {
    expect(nextLimit(undefined, said(AT, { perMinute: 2 })).perMinute).toBe(30);
  });

  test('of a connection that is refused beside others, limits connections alone, until one is left', () => {
    const refuse = (nowMs: number, connections: number) => said(nowMs, { ofConnection: true, connections });
    let limit = nextLimit(undefined, refuse(AT, 4));
    expect(limit).toMatchObject({ connections: 2, perMinute: undefined });
    limit = nextLimit(limit, refuse(AT + MIN, 2));
    expect(limit).toMatchObject({ connections: 1, perMinute: undefined });
    limit = nextLimit(limit, refuse(AT + 2 * MIN, 1));
    expect(limit).toMatchObject({ connections: 1, perMinute: 300 });
    expect(limitAt(limit, limit.untilMs)).toMatchObject({ connections: 2, perMinute: 600 });
  });

  test('a time is never shortened by another refusal of its kind', () => {
    const long = nextLimit(undefined, said(AT, { forMs: 60 * MIN }));
    expect(nextLimit(long, said(AT + MIN)).untilMs).toBe(AT + 60 * MIN);
  });

  test('a suspension that follows a slower pace counts even in the same moment', () => {
    const limit = nextLimit(refusedAt(AT), said(AT + 1, { action: 'suspend' }));
    expect(limit).toMatchObject({ action: 'suspend', times: 1, untilMs: AT + 1 + FOR, connections: 1 });
  });

  test('a slower pace does not end a suspension', () => {
    const limit = nextLimit(undefined, said(AT, { action: 'suspend' }));
    expect(nextLimit(limit, said(AT + 1))).toBe(limit);
  });

  test('each suspension in a row is twice as long, up to four hours', () => {
    const suspended = (nowMs: number) => said(nowMs, { action: 'suspend' });
    let limit = nextLimit(undefined, suspended(AT));
    const lengths: number[] = [];
    for (let i = 0; i < 8; i++) {
      const nowMs = limit.untilMs + MIN;
      limit = nextLimit(limit, suspended(nowMs));
      lengths.push((limit.untilMs - nowMs) / MIN);
    }
    expect(lengths).toEqual([20, 40, 80, 160, 240, 240, 240, 240]);
  });
});

describe('limitAt', () => {
  test('falls by one step, twice as fast, each time that it is over without a refusal, and ends', () => {
    const limit = refusedAt(AT, AT + MIN, AT + 2 * MIN);
    const [start, steps] = [limit.untilMs, [limit, ...stepsOf(limit)]];
    expect(steps.map(({ step, perMinute, connections }) => [step, perMinute, connections])).toEqual([
      [3, 75, 1],
      [2, 150, 2],
      [1, 300, 4],
    ]);
    expect(limitAt(limit, start - 1)).toBe(limit);
    expect(limitAt(limit, start + 2 * FOR)).toBeUndefined();
  });

  test('goes on slowly after a suspension, with one connection first', () => {
    const limit = nextLimit(undefined, said(AT, { action: 'suspend' }));
    expect(
      stepsOf(limit).map(({ action, step, perMinute, connections }) => [
        action,
        step,
        perMinute,
        connections,
      ]),
    ).toEqual([
      ['slow', 3, 75, 1],
      ['slow', 2, 150, 2],
      ['slow', 1, 300, 4],
    ]);
  });

  test('a step lasts a minute at least and a quarter of an hour at most', () => {
    for (const [forMs, stepMs] of [
      [1_000, MIN],
      [4 * 60 * MIN, 15 * MIN],
    ] as const) {
      const limit = nextLimit(undefined, said(AT, { action: 'suspend', forMs }));
      const next = limitAt(limit, limit.untilMs)!;
      expect(next.untilMs - next.changedAtMs).toBe(stepMs);
    }
  });

  test('is the same whether it is asked at each step or after a long while', () => {
    const limit = refusedAt(AT, AT + MIN, AT + 2 * MIN, AT + 3 * MIN);
    for (let atMs = AT + 3 * MIN; atMs < AT + 100 * MIN; atMs += 7 * MIN) {
      let asked: AutomaticLimit | undefined = limit;
      for (let one = AT + 3 * MIN; one <= atMs && asked !== undefined; one += MIN / 2)
        asked = limitAt(asked, one);
      expect(asked && limitAt(asked, atMs)).toEqual(limitAt(limit, atMs));
    }
  });
});

describe('of a clock that was set back since', () => {
  const BACK = AT + MIN - 3 * 60 * MIN;

  test('a limit lasts no longer than it was to, from then on', () => {
    const limit = nextLimit(undefined, said(AT, { action: 'suspend' }));
    expect(isChangeDue(limit, AT - MIN)).toBe(false);
    expect(isChangeDue(limit, BACK)).toBe(true);
    const now = limitAt(limit, BACK)!;
    expect(now).toEqual({ ...limit, atMs: BACK, changedAtMs: BACK, untilMs: BACK + FOR });
    expect(isChangeDue(now, BACK)).toBe(false);
    expect(changeOf(limit, now)).toBeUndefined();
  });

  test('a refusal is heard', () => {
    const limit = limitAt(refusedAt(AT), BACK)!;
    expect(nextLimit(limit, said(BACK + MIN))).toMatchObject({ step: 2, untilMs: BACK + MIN + FOR });
  });
});

describe('changeOf', () => {
  test('names each change of a limit once', () => {
    const first = refusedAt(AT);
    const suspended = nextLimit(first, said(AT + 1, { action: 'suspend' }));
    expect([
      changeOf(undefined, first),
      changeOf(first, first),
      changeOf(first, refusedAt(AT, AT + MIN)),
      changeOf(first, suspended),
      changeOf(suspended, limitAt(suspended, suspended.untilMs)),
      changeOf(first, limitAt(first, first.untilMs)),
      changeOf(undefined, undefined),
    ]).toEqual(['slowed', undefined, 'slowed', 'suspended', 'raised', 'lifted', undefined]);
  });
});

function stepsOf(limit: AutomaticLimit): AutomaticLimit[] {
  const steps: AutomaticLimit[] = [];
  for (let now = limitAt(limit, limit.untilMs); now !== undefined; now = limitAt(now, now.untilMs))
    steps.push(now);
  return steps;
}
