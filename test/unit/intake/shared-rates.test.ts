import { describe, expect, it } from 'vitest';
import { SharedRates } from '../../../src/intake/shared-rates.ts';
import { UsageLimiter } from '../../../src/intake/usage-limiter.ts';
import { StoreError } from '../../../src/store/errors.ts';
import type { TokenRequest } from '../../../src/store/shared-limits.ts';
import { NOTHING_COUNTED } from '../../../src/store/usage.ts';
import { credential } from '../../protocol/support/submission-fixture.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** What the store has: so many tokens, and no more come. */
class Bucket {
  tokens: number;
  readonly asked: TokenRequest[] = [];
  failure: StoreError | undefined;

  constructor(tokens: number) {
    this.tokens = tokens;
  }

  async leaseTokens(request: TokenRequest): Promise<number> {
    this.asked.push(request);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const granted = Math.min(request.wanted, this.tokens);
    this.tokens -= granted;
    return granted;
  }
}

const unused = () => [new Uint8Array(32)];

const granted = async (rates: SharedRates, times: number) => {
  const waits = await Promise.all(
    Array.from({ length: times }, () => rates.take({ name: 'c', ratePerMinute: 100 })),
  );
  return waits.filter((seconds) => seconds === undefined).length;
};

describe('a rate that nodes share', () => {
  it('is asked of the store block by block, and one question answers all who wait', async () => {
    const bucket = new Bucket(100);
    const rates = new SharedRates(bucket, new VirtualClock());
    expect(await granted(rates, 12)).toBe(12);
    expect(bucket.asked).toEqual(Array(3).fill({ name: 'c', ratePerMinute: 100, wanted: 5 }));
  });

  it('is never exceeded by two nodes together', async () => {
    const bucket = new Bucket(100);
    const clock = new VirtualClock();
    const nodes = [new SharedRates(bucket, clock), new SharedRates(bucket, clock)];
    const taken = await Promise.all(nodes.map((rates) => granted(rates, 80)));
    expect((taken[0] ?? 0) + (taken[1] ?? 0)).toBe(100);
  });

  it('is not asked again before a token can be there', async () => {
    const bucket = new Bucket(0);
    const clock = new VirtualClock();
    const rates = new SharedRates(bucket, clock);
    expect(await rates.take({ name: 'c', ratePerMinute: 100 })).toBe(1);
    await granted(rates, 50);
    expect(bucket.asked).toHaveLength(1);
    bucket.tokens = 1;
    await clock.advance(600);
    expect(await rates.take({ name: 'c', ratePerMinute: 100 })).toBeUndefined();
  });

  it('forgets what was leased a minute ago, so that a quiet node saves nothing up', async () => {
    const bucket = new Bucket(100);
    const clock = new VirtualClock();
    const rates = new SharedRates(bucket, clock);
    await rates.take({ name: 'c', ratePerMinute: 100 });
    await clock.advance(60_001);
    await rates.take({ name: 'c', ratePerMinute: 100 });
    expect(bucket.asked).toHaveLength(2);
  });

  it('takes an amount of several tokens from two blocks, and more than a bucket holds as a debt', async () => {
    const bucket = new Bucket(1_000);
    const clock = new VirtualClock();
    const rates = new SharedRates(bucket, clock);
    const rate = { name: 'r', ratePerMinute: 600, capacity: 10 };
    expect(await rates.take(rate, 7)).toBeUndefined();
    expect(await rates.take(rate, 7)).toBeUndefined();
    expect(bucket.tokens).toBe(986);
    expect(await rates.take(rate, 25)).toBeUndefined();
    expect(await rates.take(rate, 1)).toBeUndefined();
    // All that was taken was leased in the end.
    expect(bucket.tokens).toBe(1_000 - 7 - 7 - 25 - 1);
  });

  it('waits for what is missing when the bucket gave a part', async () => {
    const bucket = new Bucket(4);
    const clock = new VirtualClock();
    const rates = new SharedRates(bucket, clock);
    const rate = { name: 'r', ratePerMinute: 60 };
    expect(await rates.take(rate, 6)).toBe(2);
    bucket.tokens = 2;
    await clock.advance(2_000);
    expect(await rates.take(rate, 6)).toBeUndefined();
  });

  it('refuses for the moment while the store cannot be asked', async () => {
    const bucket = new Bucket(100);
    bucket.failure = new StoreError('busy', 'away');
    const limits = new UsageLimiter({
      reader: NOTHING_COUNTED,
      hashes: unused,
      shared: new SharedRates(bucket, new VirtualClock()),
    });
    const refusal = await limits.takeMessage(credential({ ratePerMinute: 100 }), 0);
    expect(refusal).toMatchObject({ code: 451, retryAfterSeconds: 5 });
    bucket.failure = undefined;
    expect(await limits.takeMessage(credential({ ratePerMinute: 100 }), 0)).toBeUndefined();
  });
});

describe('a quota of a day that nodes share', () => {
  it('counts what others accepted within a second', async () => {
    let stored = 0;
    const rates = new SharedRates(new Bucket(0), new VirtualClock());
    const reader = { ...NOTHING_COUNTED, recipientsOfDay: () => Promise.resolve(stored) };
    const limits = new UsageLimiter({ reader, hashes: unused, shared: rates });
    const limited = credential({ dailyQuota: 10 });
    const reserve = (recipients: number, nowMs: number) =>
      limits.reserve(limited, Array<string>(recipients).fill('a@example.com'), nowMs);
    expect(await reserve(4, 0)).toMatchObject({ recipients: 4 });
    stored = 9;
    expect(await reserve(1, 999)).toMatchObject({ recipients: 1 });
    expect(await reserve(2, 1_000)).toMatchObject({ code: 452 });
    expect(await reserve(1, 1_001)).toMatchObject({ recipients: 1 });
  });
});
