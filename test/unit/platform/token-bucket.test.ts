import { describe, expect, it } from 'vitest';
import { takeToken, type BucketState } from '../../../src/platform/token-bucket.ts';
import { takeQuota, type QuotaState } from '../../../src/policy/daily-quota.ts';

const DAY = 86_400_000;

function takeAtTimes(ratePerMinute: number, times: readonly number[]): (number | 'ok')[] {
  let state: BucketState | undefined;
  return times.map((nowMs) => {
    const decision = takeToken(state, { ratePerMinute, nowMs });
    state = decision.state;
    return decision.retryAfterSeconds ?? 'ok';
  });
}

describe('the message rate', () => {
  it('lets one minute of messages through at once, then says how long to wait', () => {
    expect(takeAtTimes(3, [0, 0, 0, 0, 1000, 20_000, 20_000])).toEqual(['ok', 'ok', 'ok', 20, 19, 'ok', 20]);
  });

  it('succeeds when the client waited as long as it was told', () => {
    for (const rate of [0.5, 1, 7, 60, 999]) {
      let state: BucketState | undefined;
      let nowMs = 0;
      for (let i = 0; i < 50; i++) {
        let decision = takeToken(state, { ratePerMinute: rate, nowMs });
        while (decision.retryAfterSeconds === undefined)
          decision = takeToken(decision.state, { ratePerMinute: rate, nowMs });
        nowMs += decision.retryAfterSeconds * 1000;
        const after = takeToken(decision.state, { ratePerMinute: rate, nowMs });
        expect(after.retryAfterSeconds).toBeUndefined();
        state = after.state;
      }
    }
  });

  it('holds no more than a minute of messages after a long pause', () => {
    expect(takeAtTimes(2, [0, DAY, DAY, DAY])).toEqual(['ok', 'ok', 'ok', 30]);
  });

  it('neither refills nor locks out when the clock is set back', () => {
    expect(takeAtTimes(2, [DAY, DAY, 0, 30_000])).toEqual(['ok', 'ok', 30, 'ok']);
  });

  it('follows a rate that was lowered', () => {
    const full = takeToken(undefined, { ratePerMinute: 100, nowMs: 0 }).state;
    const first = takeToken(full, { ratePerMinute: 1, nowMs: 0 });
    expect(first.retryAfterSeconds).toBeUndefined();
    expect(takeToken(first.state, { ratePerMinute: 1, nowMs: 0 }).retryAfterSeconds).toBe(60);
  });

  it('with a rate of 0 passes one message and gives a finite wait', () => {
    expect(takeAtTimes(0, [0, 1, DAY])).toEqual(['ok', 3600, 3600]);
  });
});

describe('the daily quota', () => {
  function take(state: QuotaState | undefined, recipients: number, nowMs: number) {
    return takeQuota(state, { dailyQuota: 10, recipients, nowMs });
  }

  it('counts recipients, all of a message or none', () => {
    const first = take(undefined, 8, 0);
    expect(first).toEqual({ state: { day: 0, used: 8 }, retryAfterSeconds: undefined });
    const second = take(first.state, 3, 1000);
    expect(second).toEqual({ state: { day: 0, used: 8 }, retryAfterSeconds: 86_399 });
    expect(take(second.state, 2, 1000).retryAfterSeconds).toBeUndefined();
  });

  it('starts again at midnight UTC', () => {
    const used = take(undefined, 10, DAY - 1).state;
    expect(take(used, 1, DAY - 1)).toMatchObject({ retryAfterSeconds: 1 });
    expect(take(used, 1, DAY)).toEqual({ state: { day: 1, used: 1 }, retryAfterSeconds: undefined });
  });

  it('gives no second day to a clock set back over midnight, and frees one that was far ahead', () => {
    const used = take(undefined, 10, 5 * DAY).state;
    expect(take(used, 1, 5 * DAY - 1000).retryAfterSeconds).toBeGreaterThan(0);
    expect(take(used, 1, 2 * DAY).retryAfterSeconds).toBeUndefined();
  });
});
