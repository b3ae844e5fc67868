/** What a site needs from the rest of the delivery service, and what it tells it. */
import type { Tasks } from '../../platform/lifecycle.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { AttemptRecord } from '../../store/records.ts';
import type { Attempt } from './attempt.ts';
import type { HostFacts } from '../outcome/conclusions.ts';
import type { PoolPorts } from './connection-pool.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { ReversePathFor } from '../return-path.ts';
import type { Site } from './site.ts';
import type { Connect } from '../../smtp/client/session.ts';
import type { SmtpTimeouts } from '../../smtp/client/timeouts.ts';
import type { Watch } from '../watch.ts';

/** What the outcome of an attempt says about the pace. */
export interface AttemptEffect {
  /** The remote asked to slow down. */
  readonly rateLimited: boolean;
  /** At least one recipient was taken. */
  readonly delivered: boolean;
  /** What has to be tried at another host of the site; counted as under way meanwhile. */
  readonly nextHost: Parcel | undefined;
  /** The session and the remote have lost each other's step: it is of no more use. */
  readonly outOfStep: boolean;
}

export interface SitePorts extends PoolPorts {
  /** Owns the transactions under way. */
  readonly work: Tasks;
  readonly limits: DeliveryLimits;
  readonly port: number;
  readonly connect: Connect;
  /** Those of `connect`: what its waits can add up to. */
  readonly timeouts: SmtpTimeouts;
  readonly watch: Pick<Watch, 'run'>;
  /** The envelope sender of a message. */
  readonly reversePathFor: ReversePathFor;
  readonly clock: Clock;
  readonly random: Random;
  /** False while stopping, and while the store takes no outcomes. */
  readonly mayStart: () => boolean;
  readonly isStopping: () => boolean;
  /** Aborted when the service ends without waiting any longer. */
  readonly abandon: AbortSignal;
  /** True when the parcel's time is over; it was settled then. */
  readonly giveUp: (parcel: Parcel) => boolean;
  /** Makes outcomes of what the remote answered. */
  readonly conclude: (site: Site, parcel: Parcel, attempt: Attempt, facts: HostFacts) => AttemptEffect;
  /** None of the hosts that are left took a connection: what was said of the parcel so far stands. */
  readonly concludeRound: (parcel: Parcel, failures: readonly AttemptRecord[]) => void;
  /** What went wrong is the host's, and another may do better. */
  readonly speaksOfHost: (parcel: Parcel, attempt: Attempt) => boolean;
  /** No host takes a connection: the site's queue is to be emptied. */
  readonly onUnreachable: (site: Site, failures: readonly AttemptRecord[]) => void;
  /** A host answered a transaction after failures. */
  readonly onReachable: (site: Site) => void;
  /** A session went idle, or the site waits for its pace until `atMs` (monotonic). */
  readonly wake: (site: Site, atMs: number) => void;
  /** Nothing waits and no connection is left. */
  readonly onQuiet: (site: Site) => void;
  /** The budget has no connection left for the site. */
  readonly onCrowded: (site: Site) => void;
}
