/** Limits of use of credentials and accounts: what is counted, what is refused with which words, and what is given back. */
import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { UsageLimiter, type Reservation } from '../../../src/intake/usage-limiter.ts';
import type { LimitRefusal } from '../../../src/intake/usage-refusals.ts';
import type { UsageLimits } from '../../../src/policy/usage-limits.ts';
import { StoreError } from '../../../src/store/errors.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { NOTHING_COUNTED, type UsageReader } from '../../../src/store/usage.ts';
import { networkCredential } from '../../protocol/support/submission-fixture.ts';

const NOW_MS = Date.UTC(2026, 10, 30, 12, 30);
const HOUR = 3_600;
const DAY = 86_400;
const hashes = (text: string) => [new Uint8Array(createHash('sha256').update(text).digest())];

/** A store that counts what was settled as accepted, as accept does. */
class Counting implements UsageReader {
  storageOf = () => Promise.resolve(undefined);
  readonly counts = new Map<string, { messages: number; recipients: number; newRecipients: number }>();
  readonly known = new Set<string>();
  recipients = 0;
  failure: StoreError | undefined;

  recipientsOfDay(): Promise<number> {
    return this.failure === undefined ? Promise.resolve(this.recipients) : Promise.reject(this.failure);
  }
  usageOf(holder: string, seconds: number, number: number) {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(
      this.counts.get(`${holder} ${seconds} ${number}`) ?? { messages: 0, recipients: 0, newRecipients: 0 },
    );
  }
  knownRecipients(holder: string, hashes: readonly string[]) {
    return Promise.resolve(hashes.filter((hash) => this.known.has(`${holder} ${hash}`)));
  }
  accept({ uses, recipients }: Reservation, nowMs: number): void {
    this.recipients += recipients;
    for (const { holder, recipientHashes = [] } of uses ?? []) {
      const added = recipientHashes.filter((hash) => !this.known.has(`${holder} ${hash}`));
      for (const hash of added) this.known.add(`${holder} ${hash}`);
      for (const seconds of [HOUR, DAY]) {
        const key = `${holder} ${seconds} ${Math.floor(nowMs / (seconds * 1_000))}`;
        const before = this.counts.get(key) ?? { messages: 0, recipients: 0, newRecipients: 0 };
        this.counts.set(key, {
          messages: before.messages + 1,
          recipients: before.recipients + recipients,
          newRecipients: before.newRecipients + added.length,
        });
      }
    }
  }
}

function stage(reader: UsageReader = new Counting()) {
  return new UsageLimiter({ reader, hashes });
}

const limited = (limits: UsageLimits, parts: Partial<Credential> = {}) =>
  networkCredential({ limits, ...parts });
const some = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `user${from + index}@example.com`);

function refused(outcome: Reservation | LimitRefusal | undefined): string | undefined {
  return outcome !== undefined && 'code' in outcome ? `${outcome.code} ${outcome.text}` : undefined;
}

async function reserve(
  limits: UsageLimiter,
  credential: Credential,
  recipients: number | string[],
  nowMs = NOW_MS,
) {
  const addresses = typeof recipients === 'number' ? some(recipients) : recipients;
  return await limits.reserve(credential, addresses, nowMs);
}

const held = (outcome: Reservation | LimitRefusal | undefined): Reservation => {
  if (outcome === undefined || 'code' in outcome) throw new Error(`refused: ${outcome?.text}`);
  return outcome;
};

describe('a credential without limits', () => {
  it('is neither counted nor waited for', () => {
    const limits = stage();
    const free = networkCredential({});
    expect(limits.takeMessage(free, NOW_MS)).toBeUndefined();
    expect(limits.checkRecipients(free, 1_000, 'a@example.com', NOW_MS)).toBeUndefined();
    expect(limits.reserve(free, some(1_000), NOW_MS)).toBeUndefined();
  });
});

describe('rates', () => {
  test.each<[UsageLimits, string]>([
    [{ messages_per_second: 2 }, '451 Rate limit of 2 messages a second reached, try again in 1 seconds'],
    [{ messages_per_minute: 2 }, '451 Rate limit of 2 messages a minute reached, try again in 30 seconds'],
  ])('%j are counted by message', async (wanted, words) => {
    const limits = stage();
    const { messages_per_minute: ratePerMinute, ...others } = wanted;
    const credential = limited(others, { ratePerMinute });
    expect(await limits.takeMessage(credential, NOW_MS)).toBeUndefined();
    expect(await limits.takeMessage(credential, NOW_MS)).toBeUndefined();
    const refusal = await limits.takeMessage(credential, NOW_MS);
    expect(`${refusal?.code} ${refusal?.text}`).toBe(words);
    expect(await limits.takeMessage(credential, NOW_MS + 1_000 * refusal!.retryAfterSeconds)).toBeUndefined();
  });

  it('counts recipients by the second and the minute, all or none', async () => {
    const limits = stage();
    const credential = limited({ recipients_per_second: 5, recipients_per_minute: 8 });
    expect(refused(await reserve(limits, credential, 5))).toBeUndefined();
    expect(refused(await reserve(limits, credential, 1))).toMatch(/^451 Rate limit of 5 recipients a second/);
    expect(refused(await reserve(limits, credential, 4, NOW_MS + 1_000))).toMatch(
      /^451 Rate limit of 8 recipients a minute/,
    );
    // The second's were not taken by what the minute refused.
    expect(refused(await reserve(limits, credential, 3, NOW_MS + 1_000))).toBeUndefined();
  });

  it('says at RCPT what would be refused at the end, and takes nothing there', async () => {
    const limits = stage();
    const credential = limited({ recipients_per_minute: 3 });
    for (let asked = 0; asked < 10; asked++)
      expect(await limits.checkRecipients(credential, 3, 'a@example.com', NOW_MS)).toBeUndefined();
    held(await reserve(limits, credential, 2));
    expect(await limits.checkRecipients(credential, 2, 'a@example.com', NOW_MS)).toMatchObject({ code: 451 });
  });

  it('lets a message with more recipients than a period has through a full bucket, and then waits for all of them', async () => {
    const limits = stage();
    const credential = limited({ recipients_per_minute: 10 });
    held(await reserve(limits, credential, 30));
    expect(refused(await reserve(limits, credential, 1, NOW_MS + 60_000))).toContain(
      'try again in 66 seconds',
    );
    held(await reserve(limits, credential, 1, NOW_MS + 126_000));
  });

  it('of 0 allow nothing', async () => {
    const limits = stage();
    expect(await limits.takeMessage(limited({ messages_per_second: 0 }), NOW_MS)).toMatchObject({
      code: 451,
      retryAfterSeconds: 3_600,
    });
  });

  it('gives back what was not accepted', async () => {
    const limits = stage();
    const credential = limited({ recipients_per_minute: 4 });
    limits.settle(held(await reserve(limits, credential, 4)), false, NOW_MS);
    held(await reserve(limits, credential, 4));
  });
});

describe('hours and days', () => {
  test.each<[UsageLimits, string]>([
    [{ messages_per_hour: 1 }, '451 Rate limit of 1 messages an hour reached, try again in 1800 seconds'],
    [{ messages_per_day: 1 }, '452 Daily quota of 1 messages used up, try again in 41400 seconds'],
    [{ recipients_per_hour: 5 }, '451 Rate limit of 5 recipients an hour reached, try again in 1800 seconds'],
    [{ recipients_per_day: 5 }, '452 Daily quota of 5 recipients used up, try again in 41400 seconds'],
    [
      { new_recipients_per_day: 3 },
      '452 Daily quota of 3 new recipients used up, try again in 41400 seconds',
    ],
  ])('%j of a credential', async (wanted, words) => {
    const limits = stage();
    const { recipients_per_day: dailyQuota, ...others } = wanted;
    const credential = limited(others, { dailyQuota });
    held(await reserve(limits, credential, 3));
    expect(refused(await reserve(limits, credential, some(3, 3)))).toBe(words);
    const tomorrow = NOW_MS + 86_400_000;
    held(await reserve(limits, credential, some(3, 3), tomorrow));
  });

  test('of the account are counted over all of its credentials, and named so', async () => {
    const limits = stage();
    const accountLimits = { messages_per_hour: 2 };
    const [one, other] = ['crd_1', 'crd_2'].map((id) => networkCredential({ id, accountLimits }));
    held(await reserve(limits, one!, 1));
    held(await reserve(limits, other!, 1));
    expect(refused(await reserve(limits, one!, 1))).toMatch(
      /^451 Rate limit of 2 messages an hour for the account reached/,
    );
    expect(await limits.takeMessage(other!, NOW_MS)).toMatchObject({ code: 451 });
  });

  test('a message counts towards both, or towards none', async () => {
    const limits = stage();
    const credential = limited({ messages_per_hour: 5 }, { accountLimits: { recipients_per_hour: 2 } });
    expect(refused(await reserve(limits, credential, 3))).toContain('recipients an hour for the account');
    const { messages } = await limits.standing(credential, NOW_MS);
    expect(messages).toEqual({ quota: 5, windowSeconds: HOUR, remaining: 5, resetSeconds: 1_800 });
  });

  it('starts from what was stored, and is exact after a restart', async () => {
    const store = new Counting();
    const credential = limited({ messages_per_hour: 3, new_recipients_per_day: 10 });
    for (let sent = 0; sent < 3; sent++) {
      const limits = stage(store);
      const reservation = held(await reserve(limits, credential, some(1, sent)));
      store.accept(reservation, NOW_MS);
      limits.settle(reservation, true, NOW_MS);
    }
    expect(refused(await reserve(stage(store), credential, 1))).toMatch(
      /^451 Rate limit of 3 messages an hour/,
    );
  });

  it('counts all that ask while the store is asked', async () => {
    const asked = Promise.withResolvers<number>();
    const limits = stage({ ...NOTHING_COUNTED, recipientsOfDay: () => asked.promise });
    const credential = limited({}, { dailyQuota: 10 });
    const both = [1, 2].map(() => reserve(limits, credential, 6));
    asked.resolve(0);
    expect((await Promise.all(both)).map(refused)).toEqual([
      undefined,
      expect.stringMatching(/^452 /) as string,
    ]);
  });

  it('counts what was sent while there was no quota, once there is one again', async () => {
    const store = new Counting();
    const limits = stage(store);
    const quota = networkCredential({ dailyQuota: 10 });
    const none = networkCredential({ dailyQuota: undefined });
    store.accept(held(await reserve(limits, quota, 3)), NOW_MS);
    expect(await reserve(limits, none, 50)).toBeUndefined();
    store.recipients += 50;
    expect(refused(await reserve(limits, quota, 1))).toMatch(/^452/);
  });

  it('cannot be asked: 451 at MAIL, with a time to try again', async () => {
    const store = new Counting();
    store.failure = new StoreError('busy', 'away');
    const refusal = await stage(store).takeMessage(limited({ messages_per_day: 9 }), NOW_MS);
    expect(refusal).toMatchObject({ code: 451, status: '4.3.0', retryAfterSeconds: 5 });
  });
});

describe('new recipients', () => {
  const credential = limited({ new_recipients_per_day: 2 });

  it('are those that were not mailed before; a known one costs nothing', async () => {
    const store = new Counting();
    const limits = stage(store);
    const send = async (addresses: string[]) => {
      const outcome = await reserve(limits, credential, addresses);
      if (outcome === undefined || 'code' in outcome) return outcome?.code;
      store.accept(outcome, NOW_MS);
      limits.settle(outcome, true, NOW_MS);
      return undefined;
    };
    expect(await send(['a@example.com', 'A@example.com', 'b@example.com'])).toBeUndefined();
    expect(await send(['a@example.com', 'b@example.com'])).toBeUndefined();
    expect(await send(['a@example.com', 'c@example.com'])).toBe(452);
    const check = (address: string) => limits.checkRecipients(credential, 1, address, NOW_MS);
    expect(await check('a@example.com')).toBeUndefined();
    expect(await check('c@example.com')).toMatchObject({ code: 452 });
  });

  it('in two messages at once count once, and are given back when neither was accepted', async () => {
    const limits = stage();
    const both = await Promise.all([1, 2].map(() => reserve(limits, credential, 2)));
    for (const one of both) limits.settle(held(one), false, NOW_MS);
    const again = held(await reserve(limits, credential, some(2, 5)));
    expect(again.uses).toMatchObject([{ holder: credential.id }]);
    expect(refused(await reserve(limits, credential, some(1, 9)))).toMatch(/^452/);
  });

  it('stay counted when the second of two messages to them is accepted', async () => {
    const limits = stage();
    const [first, second] = await Promise.all([1, 2].map(() => reserve(limits, credential, 2)));
    limits.settle(held(first), false, NOW_MS);
    limits.settle(held(second), true, NOW_MS);
    expect(refused(await reserve(limits, credential, some(1, 9)))).toMatch(/^452/);
  });
});

it('shows of each kind the limit of which least is left', async () => {
  const limits = stage();
  const credential = limited({ messages_per_hour: 3, messages_per_day: 100 }, { ratePerMinute: 50 });
  held(await reserve(limits, credential, 2));
  expect(await limits.standing(credential, NOW_MS)).toEqual({
    messages: { quota: 3, windowSeconds: HOUR, remaining: 2, resetSeconds: 1_800 },
  });
});
