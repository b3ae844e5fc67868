/** Dependencies of the parts of a site. */
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { BounceClass } from '../../policy/bounce-classes.ts';
import type { Attempt, HostFacts } from '../attempt/attempt.ts';
import type { StoreHealth } from '../claims/store-health.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { ReversePathFor } from '../return-path.ts';
import type { FindSmartHost } from '../route/find-smart-host.ts';
import type { AutomaticLimits } from '../shaping/automatic-limits.ts';
import type { LongWaits } from '../shaping/long-waits.ts';
import type { Shaping } from '../shaping/shaping.ts';
import type { Shutdown } from '../shutdown.ts';
import type { PoolOptions } from './connection-pool.ts';
import type { Connect } from '../../smtp/client/session.ts';
import type { SmtpTimeouts } from '../../smtp/client/timeouts.ts';
import type { Watch } from '../watch.ts';

/** What the outcome of an attempt leaves for the site to do. */
export interface AttemptEffect {
  /** The remote asked to slow down. */
  readonly rateLimited: boolean;
  /** At least one recipient was taken. */
  readonly delivered: boolean;
  /** Entries that continue at once, at the head of their queue. */
  readonly requeued: readonly QueueEntry[];
  /** What has to be tried at another host of the site; counted as under way meanwhile. */
  readonly nextHost: QueueEntry | undefined;
  /** The session and the remote have lost each other's step: it is of no more use. */
  readonly outOfStep: boolean;
}

/** Settles entries, or releases them to the store. */
export interface Settling {
  /** True when the entry's time is over; it was settled then. */
  giveUp(entry: QueueEntry): boolean;
  /** Back to the store, untried. */
  release(entry: QueueEntry): void;
}

/** Settles what came of attempts. */
export interface AttemptSettling {
  /** Makes outcomes of what the remote answered. */
  ofAttempt(entry: QueueEntry, attempt: Attempt, facts: HostFacts): AttemptEffect;
  /** None of the hosts that are left took a connection: what was said of the entry so far stands. */
  ofRound(entry: QueueEntry, failures: readonly AttemptRecord[]): void;
  /** The host is at fault, and another one may succeed. */
  speaksOfHost(entry: QueueEntry, attempt: Attempt): boolean;
  /** Of what a remote said. */
  classOf(record: AttemptRecord): BounceClass;
}

export interface SiteOptions extends PoolOptions {
  readonly shaping: Shaping;
  readonly longWaits: Pick<LongWaits, 'hold' | 'holdsAll'>;
  /** Owns the transactions under way. */
  readonly work: OwnedPromises;
  readonly limits: DeliveryLimits;
  readonly port: number;
  readonly connect: Connect;
  /** The addresses of a smart host; kept for a while. */
  readonly findSmartHost: FindSmartHost;
  /** Those of `connect`: what its waits can add up to. */
  readonly timeouts: SmtpTimeouts;
  readonly watch: Pick<Watch, 'run'>;
  /** The envelope sender of a message. */
  readonly reversePathFor: ReversePathFor;
  readonly clock: Clock;
  readonly random: Random;
  readonly shutdown: Shutdown;
  readonly health: Pick<StoreHealth, 'ok' | 'watchLease'>;
  readonly settler: Settling;
  readonly attempts: AttemptSettling;
  /** Told what remotes refuse. */
  readonly automatic: Pick<AutomaticLimits, 'refused'>;
}

/** An outcome that cannot be written down would be repeated: nothing starts while the store takes none, or at the end. */
export function mayStart({
  shutdown,
  health,
}: Pick<SiteOptions, 'shutdown'> & { readonly health: Pick<StoreHealth, 'ok'> }): boolean {
  return !shutdown.begun && health.ok;
}
