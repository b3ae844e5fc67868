import { describe, expect, it } from 'vitest';
import {
  judgeAccount,
  judgeHealth,
  NO_COUNTS,
  percent,
  type HealthCounts,
  type HealthRules,
  type StreamHealth,
} from '../../../src/policy/health.ts';

const RULES: HealthRules = {
  leastMessages: 1000,
  warn: { bounces: 0.04, complaints: 0.001 },
  throttle: { bounces: 0.07, complaints: undefined },
  hold: { bounces: 0.1, complaints: 0.005 },
};

function counts(parts: Partial<HealthCounts>): HealthCounts {
  return { ...NO_COUNTS, ...parts };
}

describe('the health of a window', () => {
  it.each([
    ['nothing', {}, 'good'],
    ['too few to say', { delivered: 500, hardBounced: 499 }, 'good'],
    ['a good list', { delivered: 9900, hardBounced: 100 }, 'good'],
    ['4 % hard bounces', { delivered: 960, hardBounced: 40 }, 'warn'],
    ['7 % hard bounces', { delivered: 930, hardBounced: 70 }, 'throttle'],
    ['10 % hard bounces', { delivered: 900, hardBounced: 100 }, 'hold'],
    ['refusals for other reasons', { delivered: 500, failed: 500 }, 'good'],
    ['hard bounces among refusals', { delivered: 0, failed: 900, hardBounced: 100 }, 'hold'],
    ['0.1 % complaints', { delivered: 10_000, complained: 10 }, 'warn'],
    ['0.5 % complaints', { delivered: 10_000, complained: 50 }, 'hold'],
    ['complaints of an earlier day', { delivered: 1000, complained: 5000 }, 'hold'],
    ['bounces reported of an earlier day', { delivered: -5, hardBounced: 1000 }, 'hold'],
  ] satisfies [string, Partial<HealthCounts>, string][])('of %s', (_name, parts, level) => {
    expect(judgeHealth(counts(parts), RULES).level).toBe(level);
  });

  it('gives its figures and the limit', () => {
    expect(judgeHealth(counts({ delivered: 960, hardBounced: 40 }), RULES).reason).toBe(
      '4 % of 1000 deliveries bounced hard (limit 4 %)',
    );
  });

  it.each([
    [0, '0 %'],
    [0.001, '0.1 %'],
    [0.00123, '0.12 %'],
    [0.043, '4.3 %'],
    [0.1, '10 %'],
    [1, '100 %'],
  ])('writes %d as %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });
});

describe('the health of an account', () => {
  const good = counts({ delivered: 5000, hardBounced: 10 });
  const bad = counts({ delivered: 3000, hardBounced: 3000 });
  const stream = (name: string, of: HealthCounts, parts: Partial<StreamHealth> = {}): StreamHealth => ({
    name,
    counts: of,
    countsForAccount: of,
    level: 'good',
    ...parts,
  });

  it('is not spoiled by a stream that is held', () => {
    const verdict = judgeAccount(
      { level: 'good', streams: [stream('transactional', good), stream('broadcast', bad)] },
      RULES,
    );
    expect(verdict.account.level).toBe('good');
    expect(verdict.streams.get('broadcast')?.level).toBe('hold');
    expect(verdict.streams.get('transactional')?.level).toBe('good');
  });

  it('suffers from streams that are each too small to be judged', () => {
    const small = counts({ delivered: 300, hardBounced: 300 });
    const verdict = judgeAccount({ level: 'good', streams: [stream('a', small), stream('b', small)] }, RULES);
    expect(verdict.streams.get('a')?.level).toBe('good');
    expect(verdict.account.level).toBe('hold');
  });

  it('stays held when its figures are good again, and warnings go', () => {
    const verdict = judgeAccount(
      { level: 'warn', streams: [stream('broadcast', NO_COUNTS, { level: 'hold' })] },
      RULES,
    );
    expect(verdict.streams.get('broadcast')?.level).toBe('hold');
    expect(verdict.account.level).toBe('good');
  });
});
