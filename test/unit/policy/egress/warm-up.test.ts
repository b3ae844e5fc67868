import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadWarmUpPlans } from '../../../../src/config/warm-up-plans.ts';
import { sourceForecast, type SourceDay } from '../../../../src/policy/egress/source-forecast.ts';
import { DAY_MS, warmUpCeiling, type WarmUpDay } from '../../../../src/policy/egress/warm-up.ts';
import { ceilingsAt, parseWarmUpPlans } from '../../../../src/policy/egress/warm-up-plans.ts';

const CEILINGS = [50, 100, 200, 400];

function day(number: number, facts: Partial<WarmUpDay> = {}): WarmUpDay {
  const step = facts.step ?? 0;
  const ceiling = facts.ceiling ?? CEILINGS[step] ?? 0;
  return {
    ...{ day: number, step, ceiling, reserved: ceiling, handedOver: ceiling, turnedAway: 0, complained: 0 },
    ...facts,
  };
}

const at = (today: number, history: readonly WarmUpDay[] = [], startDay = 100) =>
  warmUpCeiling({ day: today, startDay, ceilings: CEILINGS, history, firstDayHere: history[0]?.day });

describe('the ceiling of a day', () => {
  test('is none before the first day, and the plan’s first on it', () => {
    expect(at(99)).toEqual({ kind: 'ceiling', step: 0, ceiling: 0, reason: 'not-begun' });
    expect(at(100)).toEqual({ kind: 'ceiling', step: 0, ceiling: 50, reason: 'first' });
  });

  test('grows by a step after a day that used half of its ceiling', () => {
    expect(at(101, [day(100, { handedOver: 25 })])).toMatchObject({
      step: 1,
      ceiling: 100,
      reason: 'planned',
    });
    expect(at(101, [day(100, { handedOver: 24 })])).toMatchObject({ step: 0, ceiling: 50, reason: 'unused' });
  });

  test('does not grow by the calendar', () => {
    expect(at(120, [day(100)])).toMatchObject({ step: 1, ceiling: 100 });
  });

  test('goes on by the calendar where the warm-up was begun elsewhere', () => {
    expect(at(102)).toMatchObject({ step: 2, ceiling: 200, reason: 'first' });
    expect(at(104)).toEqual({ kind: 'warm' });
  });

  test('begins at the first step at a provider that comes later', () => {
    const facts = { day: 130, startDay: 100, ceilings: CEILINGS, history: [] };
    expect(warmUpCeiling({ ...facts, firstDayHere: 100 })).toMatchObject({ step: 0, reason: 'first' });
    expect(warmUpCeiling({ ...facts, firstDayHere: 102 })).toMatchObject({ step: 2 });
  });

  test('ends with the plan, and stays ended', () => {
    expect(at(101, [day(100, { step: 3 })], 90)).toEqual({ kind: 'warm' });
    expect(at(500, [day(100, { step: 4, ceiling: 0 })], 90)).toEqual({ kind: 'warm' });
    expect(at(100, [day(100, { step: 4, ceiling: 0 })], 90)).toEqual({ kind: 'warm' });
  });

  test('begins anew after a month without mail', () => {
    expect(at(131, [day(100, { step: 2 })], 90)).toMatchObject({ step: 0, reason: 'rested' });
    expect(at(130, [day(100, { step: 2 })], 90)).toMatchObject({ step: 3 });
  });

  test('begins anew when the first day is set anew, whatever came before', () => {
    expect(at(200, [day(180, { step: 4, ceiling: 0 }), day(199, { step: 3 })], 200)).toMatchObject({
      step: 0,
      ceiling: 50,
    });
    expect(at(201, [day(200, { step: 3 })], 200)).toMatchObject({ step: 1, ceiling: 100 });
    expect(at(200, [day(200, { step: 2 })], 201)).toMatchObject({ ceiling: 0, reason: 'not-begun' });
  });

  test('is held when some are turned away or complain, and goes back a step when many do', () => {
    const after = (facts: Partial<WarmUpDay>) => at(101, [day(100, { step: 2, ...facts })], 90);
    expect(after({ turnedAway: 12 })).toMatchObject({ step: 2, reason: 'turned-away' });
    expect(after({ turnedAway: 60 })).toMatchObject({ step: 1, reason: 'turned-away' });
    expect(after({ ceiling: 2_000, handedOver: 2_000, complained: 2 })).toMatchObject({
      step: 2,
      reason: 'complaints',
    });
    expect(after({ complained: 2 })).toMatchObject({ step: 1, reason: 'complaints' });
  });

  test('does not hear one complaint, or a few that are turned away', () => {
    expect(at(101, [day(100, { complained: 1, turnedAway: 4 })])).toMatchObject({
      step: 1,
      reason: 'planned',
    });
  });

  test('falls to what was given out when many are turned away on the day itself', () => {
    const today = day(100, { reserved: 30, handedOver: 20, turnedAway: 10 });
    expect(at(100, [today])).toEqual({ kind: 'ceiling', step: 0, ceiling: 30, reason: 'turned-away' });
  });

  test('keeps to the row of its day, also when the clock is set back', () => {
    const history = [day(100), day(101, { step: 1 }), day(102, { step: 2, ceiling: 170 })];
    expect(at(101, history)).toMatchObject({ step: 1, ceiling: 100 });
    expect(at(102, history)).toMatchObject({ step: 2, ceiling: 170 });
  });

  test('is one of the plan’s, and a step more than the day before at most, whatever happened', () => {
    const arbitrary = fc.record({
      step: fc.integer({ min: 0, max: 3 }),
      handedOver: fc.nat(500),
      turnedAway: fc.nat(500),
      complained: fc.nat(20),
      gap: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ gap, ...facts }) => {
        const found = at(100 + gap, [day(100, facts)], 90);
        const step = found.kind === 'warm' ? CEILINGS.length : found.step;
        expect(step).toBeLessThanOrEqual(facts.step + 1);
        if (found.kind === 'ceiling') expect(found.ceiling).toBe(CEILINGS[step]);
      }),
    );
  });
});

describe('plans', () => {
  test('of the shipped file are read, and each says where its figures come from', () => {
    const plans = loadWarmUpPlans((file) => readFileSync(file, 'utf8'));
    expect(plans.map(({ name }) => name)).toEqual(['default', 'cautious']);
    for (const plan of plans) expect(plan.published[0]).toMatch(/^https:/);
  });

  test('may have other ceilings for a provider', () => {
    const plans = parseWarmUpPlans(
      '[[plan]]\nname="a"\npublished=["x"]\nceilings=[5,9]\n[plan.providers]\nyahoo=[1]',
    );
    if ('expected' in plans) throw new Error(plans.expected);
    const plan = plans[0]!;
    expect(ceilingsAt(plan, 'yahoo')).toEqual([1]);
    expect(ceilingsAt(plan, 'google')).toEqual([5, 9]);
    expect(ceilingsAt(plan, undefined)).toEqual([5, 9]);
  });

  test.each([
    ['name="A"\npublished=["x"]\nceilings=[1]', 'plan 1, name'],
    ['name="a"\nceilings=[1]', 'plan "a", published'],
    ['name="a"\npublished=["x"]\nceilings=[]', 'plan "a", ceilings'],
    ['name="a"\npublished=["x"]\nceilings=[5,4]', 'plan "a", ceilings'],
    ['name="a"\npublished=["x"]\nceilings=[0]', 'plan "a", ceilings'],
    ['name="a"\npublished=["x"]\nceilings=[1.5]', 'plan "a", ceilings'],
    ['name="a"\npublished=["x"]\nceilings=[1]\nproviders={y=[2,1]}', 'plan "a", providers.y'],
    ['name="a"\npublished=["x"]\nceilings=[1]\nstart=1', 'plan "a", start'],
  ])('refuse %j at %s', (text, where) => {
    expect(parseWarmUpPlans(`[[plan]]\n${text}`)).toMatchObject({ at: where });
  });
});

describe('the forecast', () => {
  const plan = { name: 'a', published: [], ceilings: CEILINGS, providers: {} };
  const forecast = (history: readonly SourceDay[], nowDay: number) =>
    sourceForecast({
      ...{ plan, history, nowMs: nowDay * DAY_MS + 5 },
      warmUp: { plan: 'a', startsAtMs: 100 * DAY_MS },
    });

  test('shows today’s count and the days to come at each provider', () => {
    const row = { ...day(101, { step: 1, reserved: 40, handedOver: 31 }), source: 's', provider: 'google' };
    const [google, other] = forecast([{ ...row, ...day(100) }, row], 101);
    expect(google).toEqual({
      ...{ provider: 'google', step: 1, steps: 4, warm: false },
      today: { ceiling: 100, reserved: 40, handedOver: 31, turnedAway: 0, complained: 0, reason: 'planned' },
      days: [
        { day: 102, ceiling: 200 },
        { day: 103, ceiling: 400 },
      ],
      warmOnDay: 104,
    });
    expect(other).toMatchObject({ provider: 'other', step: 0, warmOnDay: 105 });
  });

  test('begins on the first day of the plan, and is empty for what is warm', () => {
    expect(forecast([], 98)[0]).toMatchObject({
      today: { ceiling: 0, reason: 'not-begun' },
      days: [{ day: 100, ceiling: 50 }, { day: 101 }, { day: 102 }, { day: 103 }],
      warmOnDay: 104,
    });
    const warm = { ...day(110, { step: 4 }), source: 's', provider: 'google' };
    expect(forecast([warm], 120)[0]).toMatchObject({ warm: true, days: [], warmOnDay: undefined });
  });
});
