/** How many messages a client network may bring a minute: many times what any provider's reports come at. */
import { reply } from '../listener/replies.ts';
import { BoundedTable } from '../policy/bounded-table.ts';
import { throttleAddress } from '../policy/login-throttle.ts';
import { takeToken, type BucketState } from '../policy/rate-limit.ts';
import type { Reply } from '../smtp/reply.ts';

export const MESSAGES_A_MINUTE = 600;
const MAX_NETWORKS = 10_000;

export class ClientRates {
  readonly #buckets = new BoundedTable<BucketState>(MAX_NETWORKS);

  /** `undefined`: one more is taken. */
  take(address: string, nowMs: number): Reply | undefined {
    const key = throttleAddress(address);
    const decision = takeToken(this.#buckets.get(key), { ratePerMinute: MESSAGES_A_MINUTE, nowMs });
    this.#buckets.set(key, decision.state);
    if (decision.allowed) return undefined;
    return reply(451, '4.7.1', `Too many messages, try again in ${decision.retryAfterSeconds} seconds`);
  }
}
