/** Shared by the verbs of the engine: one connection, its transaction, the tables, the clock, the epoch. */
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../../platform/clock.ts';
import type { AddressHashes } from '../../hashed-addresses.ts';
import { AccountKeys } from '../spool/account-keys.ts';
import { Contents } from '../spool/contents.ts';
import { Deliveries } from '../spool/deliveries.ts';
import { Destinations } from '../spool/destinations.ts';
import { Events } from '../events/events.ts';
import { Feed } from '../../flow/feed.ts';
import type { Destination } from '../spool/destination-row.ts';
import { HealthCounter } from '../statistics/health-counter.ts';
import { Restrictions } from '../statistics/restrictions.ts';
import { Idempotency } from '../spool/idempotency.ts';
import { Messages } from '../spool/messages.ts';
import { SoftBounces } from '../spool/soft-bounces.ts';
import { StepRunner } from './step-runner.ts';
import { Statistics } from '../statistics/statistics.ts';
import { Suppressions } from '../directory/suppressions.ts';
import { Transaction } from './transaction.ts';
import { Usage } from '../directory/usage.ts';
import { StorageCounts } from '../directory/storage-counts.ts';
import { UsageCounts } from '../directory/usage-counts.ts';
import { Wishes } from '../spool/wishes.ts';
import { Withholdings } from '../spool/withholdings.ts';

export interface Context {
  readonly db: Database;
  readonly clock: Clock;
  readonly transaction: Transaction;
  /** Runs the verbs of shared roles. */
  readonly steps: StepRunner;
  readonly accounts: AccountKeys;
  readonly usage: Usage;
  readonly usageCounts: UsageCounts;
  readonly storage: StorageCounts;
  readonly idempotency: Idempotency;
  readonly messages: Messages;
  readonly contents: Contents;
  readonly destinations: Destinations;
  readonly withholdings: Withholdings;
  readonly deliveries: Deliveries;
  readonly wishes: Wishes;
  readonly events: Events;
  readonly suppressions: Suppressions;
  readonly softBounces: SoftBounces;
  readonly health: HealthCounter;
  readonly restrictions: Restrictions;
  readonly statistics: Statistics;
  readonly feed: Feed<Destination>;
  /** Recorded in claims and uploads. */
  readonly epoch: number;
}

export interface ContextOptions {
  /** See Transaction. */
  readonly lockWaitMs?: number;
  readonly addressHashes?: AddressHashes | undefined;
}

export function createContext(
  db: Database,
  clock: Clock,
  epoch: number,
  { lockWaitMs = 0, addressHashes }: ContextOptions = {},
): Context {
  const transaction = new Transaction(db, lockWaitMs);
  // In order of registration, they write before a commit and are notified after it.
  const accounts = new AccountKeys(db, transaction);
  const usage = new Usage(db, transaction);
  const usageCounts = new UsageCounts(db, transaction);
  const health = new HealthCounter(db, transaction);
  const statistics = new Statistics(db, transaction);
  const destinations = new Destinations(db, transaction);
  const feed = new Feed<Destination>(transaction.undo);
  transaction.join(feed);
  const events = new Events(db, transaction);
  const steps = new StepRunner(db, (event) => void events.appendOfAccount(event));
  const restrictions = new Restrictions(steps, transaction);
  return {
    db,
    clock,
    transaction,
    steps,
    accounts,
    usage,
    usageCounts,
    storage: new StorageCounts(db),
    idempotency: new Idempotency(db),
    messages: new Messages(db),
    contents: new Contents(db),
    destinations,
    withholdings: new Withholdings(db),
    deliveries: new Deliveries(db),
    wishes: new Wishes(db, transaction),
    events,
    suppressions: new Suppressions(db, steps, addressHashes),
    softBounces: new SoftBounces(db),
    health,
    restrictions,
    statistics,
    feed,
    epoch,
  };
}
