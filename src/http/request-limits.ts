/**
 * Request rate of each key, and the limits shown to clients: the fields RateLimit-Policy and RateLimit
 * (draft-ietf-httpapi-ratelimit-headers) with the key's requests and, if limited, the limits of
 * its messages and recipients that are nearest. Routes that send have limits of their own and are not counted here.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { takeToken, tokensAt, type BucketState } from '../platform/token-bucket.ts';
import type { Credential } from '../store/directory-records.ts';
import { isLimited } from '../intake/usage-holders.ts';
import type { UsageLimiter } from '../intake/usage-limiter.ts';
import { tooManyRequests } from './api-error.ts';

/** For reads and changes, not sending: 20 a second on average, bursts of a minute's worth. */
export const REQUESTS_PER_MINUTE = 1_200;
const MINUTE_S = 60;
const KEYS = 10_000;

interface Limit {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export type LimitFields = Readonly<Record<string, string>>;

export class RequestLimits {
  readonly #buckets = new BoundedTable<BucketState>(KEYS);
  readonly #perMinute: number;

  constructor(perMinute = REQUESTS_PER_MINUTE) {
    this.#perMinute = perMinute;
  }

  /** Counts one request. Throws ApiError 429. */
  take({ id }: Credential, nowMs: number): void {
    const bucket = this.#buckets.get(id);
    const { state, retryAfterSeconds } = takeToken(bucket, { ratePerMinute: this.#perMinute, nowMs });
    this.#buckets.set(id, state);
    if (retryAfterSeconds !== undefined)
      throw tooManyRequests(
        `this API key may make ${this.#perMinute} requests a minute; try again in ${retryAfterSeconds} seconds`,
        retryAfterSeconds,
      );
  }

  /** The fields for a response to `credential`. `metered`: the request was counted here. */
  headers(
    credential: Credential,
    metered: boolean,
    sending: Pick<UsageLimiter, 'standing'>,
    nowMs: number,
  ): LimitFields | Promise<LimitFields> {
    if (metered) return fieldsOf([this.#standing(credential.id, nowMs)]);
    if (!isLimited(credential)) return {};
    return sendingLimits(credential, sending, nowMs).then(fieldsOf);
  }

  #standing(id: string, nowMs: number): Limit {
    const quota = this.#perMinute;
    const tokens = tokensAt(this.#buckets.get(id), { ratePerMinute: quota, nowMs });
    return {
      name: 'requests',
      quota,
      windowSeconds: MINUTE_S,
      remaining: Math.floor(tokens),
      resetSeconds: Math.ceil(((quota - tokens) * MINUTE_S) / quota),
    };
  }
}

function fieldsOf(limits: readonly Limit[]): LimitFields {
  return {
    'ratelimit-policy': limits
      .map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`)
      .join(', '),
    ratelimit: limits
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}

async function sendingLimits(
  credential: Credential,
  sending: Pick<UsageLimiter, 'standing'>,
  nowMs: number,
): Promise<readonly Limit[]> {
  const { messages, recipients, newRecipients } = await sending.standing(credential, nowMs);
  return [
    ...(messages === undefined ? [] : [{ name: 'messages', ...messages }]),
    ...(recipients === undefined ? [] : [{ name: 'recipients', ...recipients }]),
    ...(newRecipients === undefined ? [] : [{ name: 'new-recipients', ...newRecipients }]),
  ];
}
