/** What the verbs of the engine share: one connection, its transaction, the tables, the clock, the epoch. */
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../platform/clock.ts';
import { AccountKeys } from './account-keys.ts';
import { Contents } from './contents.ts';
import { Deliveries } from './deliveries.ts';
import { Destinations } from './destinations.ts';
import { Events } from './events.ts';
import { Feed } from './feed.ts';
import { Health } from './health.ts';
import { Idempotency } from './idempotency.ts';
import { Messages } from './messages.ts';
import { SoftBounces } from './soft-bounces.ts';
import { Statistics } from './statistics.ts';
import { Suppressions } from './suppressions.ts';
import { Transaction } from './transaction.ts';
import { Usage } from './usage.ts';

export interface Context {
  readonly db: Database;
  readonly clock: Clock;
  readonly transaction: Transaction;
  readonly accounts: AccountKeys;
  readonly usage: Usage;
  readonly idempotency: Idempotency;
  readonly messages: Messages;
  readonly contents: Contents;
  readonly destinations: Destinations;
  readonly deliveries: Deliveries;
  readonly events: Events;
  readonly suppressions: Suppressions;
  readonly softBounces: SoftBounces;
  readonly health: Health;
  readonly statistics: Statistics;
  readonly feed: Feed;
  /** Claims and uploads carry it. */
  readonly epoch: number;
}

/** `lockWaitMs`: see Transaction. */
export function createContext(db: Database, clock: Clock, epoch: number, lockWaitMs = 0): Context {
  const transaction = new Transaction(db, lockWaitMs);
  // The order in which they joined is the order in which they write before a commit and hear of it after.
  const accounts = new AccountKeys(db, transaction);
  const usage = new Usage(db, transaction);
  const health = new Health(db, transaction);
  const statistics = new Statistics(db, transaction);
  const destinations = new Destinations(db, transaction);
  const feed = new Feed(transaction);
  return {
    db,
    clock,
    transaction,
    accounts,
    usage,
    idempotency: new Idempotency(db),
    messages: new Messages(db),
    contents: new Contents(db),
    destinations,
    deliveries: new Deliveries(db),
    events: new Events(db, transaction),
    suppressions: new Suppressions(db),
    softBounces: new SoftBounces(db),
    health,
    statistics,
    feed,
    epoch,
  };
}
