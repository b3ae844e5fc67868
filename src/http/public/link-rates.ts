/**
 * How often clients may ask. Links that do not work are counted by network: whoever tries tokens is turned away after a minute's
 * worth, and learns nothing before. Links that work are never turned away by what others of the network do, since providers send
 * the clicks of all their customers from a few addresses; one link may change something a few times a minute.
 */
import { BoundedTable } from '../../platform/bounded-table.ts';
import { clientNetwork } from '../../platform/network/client-network.ts';
import { takeToken, type BucketState } from '../../platform/token-bucket.ts';

const FAILURES_PER_MINUTE = 60;
const CHANGES_PER_MINUTE = 12;
const NETWORKS = 10_000;
const LINKS = 10_000;

export class LinkRates {
  readonly #failures = new BoundedTable<BucketState>(NETWORKS);
  readonly #changes = new BoundedTable<BucketState>(LINKS);

  /** A link that does not work. False: too many of that network. */
  fails(client: string, nowMs: number): boolean {
    return take(this.#failures, clientNetwork(client), FAILURES_PER_MINUTE, nowMs);
  }

  /** A link that works is to change something. False: too often. */
  changes(token: string, nowMs: number): boolean {
    return take(this.#changes, token, CHANGES_PER_MINUTE, nowMs);
  }
}

function take(table: BoundedTable<BucketState>, key: string, ratePerMinute: number, nowMs: number): boolean {
  const { state, retryAfterSeconds } = takeToken(table.get(key), { ratePerMinute, nowMs });
  table.set(key, state);
  return retryAfterSeconds === undefined;
}
