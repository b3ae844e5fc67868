import { describe, expect, it } from 'vitest';
import { CredentialLimits } from '../../../src/intake/credential-limits.ts';
import { SharedRates } from '../../../src/intake/shared-rates.ts';
import { StoreError } from '../../../src/store/errors.ts';
import type { TokenRequest } from '../../../src/store/shared-limits.ts';
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

const granted = async (rates: SharedRates, times: number) => {
  const waits = await Promise.all(Array.from({ length: times }, () => rates.take('c', 100)));
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
    expect(await rates.take('c', 100)).toBe(1);
    await granted(rates, 50);
    expect(bucket.asked).toHaveLength(1);
    bucket.tokens = 1;
    await clock.advance(600);
    expect(await rates.take('c', 100)).toBeUndefined();
  });

  it('forgets what was leased a minute ago, so that a quiet node saves nothing up', async () => {
    const bucket = new Bucket(100);
    const clock = new VirtualClock();
    const rates = new SharedRates(bucket, clock);
    await rates.take('c', 100);
    await clock.advance(60_001);
    await rates.take('c', 100);
    expect(bucket.asked).toHaveLength(2);
  });

  it('refuses for the moment while the store cannot be asked', async () => {
    const bucket = new Bucket(100);
    bucket.failure = new StoreError('busy', 'away');
    const limits = new CredentialLimits(undefined, new SharedRates(bucket, new VirtualClock()));
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
    const limits = new CredentialLimits(() => Promise.resolve(stored), rates);
    const limited = credential({ dailyQuota: 10 });
    expect(await limits.takeRecipients(limited, 4, 0)).toBeUndefined();
    stored = 9;
    expect(await limits.takeRecipients(limited, 1, 999)).toBeUndefined();
    expect(await limits.takeRecipients(limited, 2, 1_000)).toMatchObject({ code: 452 });
    expect(await limits.takeRecipients(limited, 1, 1_001)).toBeUndefined();
  });
});
