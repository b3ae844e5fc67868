/**
 * One MX site: the hosts that serve one or many recipient domains, what waits for them, and the connections to them.
 * A session takes the next parcel as soon as it is done with one, so that no timer and no hand-over lies between two
 * messages; connections are opened when more waits than the open ones take up.
 *
 * A connection-level failure is the site's, not the message's: when no session is left, everything that waits is
 * given to `onUnreachable`. A reused session that turns out to be gone costs its message one further try.
 */
import { attemptRecord, type Attempt } from './attempt.ts';
import { candidates, FailedAddresses, type SiteHost } from './candidates.ts';
import type { AttemptRecord } from '../store/records.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Connecting } from './connection-budget.ts';
import { ConnectionPool, type PooledSession } from './connection-pool.ts';
import { Backoff, type Destination } from './destination-state.ts';
import type { Parcel } from './parcel.ts';
import type { SitePorts } from './site-ports.ts';
import { SiteQueue } from './site-queue.ts';
import { openWatched, transactWatched } from './watched-attempt.ts';

export class Site implements Connecting {
  /** Hosts in the order of preference, as text: equal for domains that are served alike. */
  readonly key: string;
  /** Its connections need TLS with a certificate that verifies. RFC 8689. */
  readonly requireTls: boolean;
  hosts: readonly SiteHost[];
  readonly queue = new SiteQueue();
  readonly backoff = new Backoff();
  /** Destinations that are blocked since the site is. */
  readonly blocked = new Set<Destination>();
  readonly #limit: ConcurrencyLimit;
  readonly #pool: ConnectionPool;
  readonly #failedAddresses = new FailedAddresses();
  readonly #ports: SitePorts;
  readonly #mayTake: (destination: Destination) => boolean;
  /** Until a connection came about, one at a time is tried. */
  #proven = false;
  #nextStartMs = -Infinity;

  constructor(
    facts: { readonly key: string; readonly hosts: readonly SiteHost[]; readonly requireTls: boolean },
    ports: SitePorts,
  ) {
    this.key = facts.key;
    this.hosts = facts.hosts;
    this.requireTls = facts.requireTls;
    this.#ports = ports;
    const { firstConnectionsPerSite, maxConnectionsPerSite, maxUnsettledPerDestination } = ports.limits;
    this.#limit = new ConcurrencyLimit(firstConnectionsPerSite, maxConnectionsPerSite);
    this.#pool = new ConnectionPool(this, ports);
    this.#mayTake = (destination) => destination.unsettled < maxUnsettledPerDestination;
  }

  get openConnections(): number {
    return this.#pool.size;
  }
  get idleConnections(): number {
    return this.#pool.idle;
  }
  get busyConnections(): number {
    return this.#pool.busy;
  }

  /** Gives waiting parcels to idle sessions, and opens more where that is not enough. Cheap when there is nothing to do. */
  dispatch(): void {
    if (this.queue.size === 0 || !this.#ports.mayStart()) return;
    while (this.#pool.idle > 0) {
      const parcel = this.#take();
      if (parcel === undefined) return;
      const pooled = this.#pool.takeIdle();
      if (pooled === undefined) {
        this.#putBack(parcel);
        break;
      }
      this.#ports.work.run(this.#work(pooled, parcel));
    }
    this.#openMore();
  }

  /** Ends what has been idle long enough, and goes on when the pace allows it. */
  tick(): void {
    const { clock, limits } = this.#ports;
    const idleSinceMs = this.#pool.quitIdle(clock.monotonic() - limits.idleConnectionMs);
    if (idleSinceMs !== undefined) this.#ports.wake(this, idleSinceMs + limits.idleConnectionMs);
    this.dispatch();
    this.#quietWhenDone();
  }

  /**
   * Looks at what waits: settles what has expired in the queue, and starts what should have been started already.
   * `stoodStill`: there was such. `waiting`: something is left to look at later.
   */
  look(): { readonly stoodStill: boolean; readonly waiting: boolean } {
    const { mayStart, clock, giveUp } = this.#ports;
    this.queue.sweep(giveUp);
    const nothingUnderWay = () => this.#pool.size === this.#pool.idle;
    const idle = nothingUnderWay() && mayStart() && this.queue.has(this.#mayTake);
    const stood = idle && clock.monotonic() >= this.#nextStartMs;
    if (stood) this.dispatch();
    // Still so: it waits for a connection that others have.
    return { stoodStill: stood && !nothingUnderWay(), waiting: this.queue.size > 0 };
  }

  /** Lets the oldest idle session go, for somebody who has none. False when there is none. */
  yieldIdle(): boolean {
    if (this.#pool.idle === 0) return false;
    this.#pool.quitOldestIdle();
    return true;
  }

  quitIdle(): void {
    this.#pool.quitIdle(Infinity);
  }

  destroyAll(): void {
    this.#pool.destroyAll();
  }

  /** Something could be started that waited for a connection only. */
  #openMore(): void {
    const allowed = this.#proven ? this.#limit.value : 1;
    while (
      this.#pool.idle === 0 &&
      this.#pool.size < allowed &&
      this.queue.size > this.#pool.opening &&
      this.queue.has(this.#mayTake)
    ) {
      if (!this.#pool.reserve()) {
        this.#ports.onCrowded(this);
        return;
      }
      this.#ports.tasks.run(this.#open());
    }
  }

  async #open(): Promise<void> {
    const { clock, random, limits, port, abandon } = this.#ports;
    const failed = this.#failedAddresses;
    const remotes = candidates({
      hosts: this.hosts,
      port,
      failed,
      nowMs: clock.monotonic(),
      random,
      limit: limits.addressesPerConnection,
    });
    const { session, failures } = await openWatched(remotes, this.#ports, {
      requireTls: this.requireTls,
      onFailure: (remote) => failed.add(remote.address, clock.monotonic()),
      superfluous: () => this.queue.size === 0,
    });
    if (session === undefined) {
      this.#pool.failed();
      if (this.queue.size > 0 && !abandon.aborted) this.#unreachable(failures);
      this.#quietWhenDone();
      return;
    }
    this.#proven = true;
    failed.remove(session.remote.address);
    const pooled = this.#pool.opened(session, failures);
    const parcel = this.#next(pooled);
    if (parcel !== undefined) {
      this.#ports.work.run(this.#work(pooled, parcel));
      return;
    }
    this.dispatch();
    this.#quietWhenDone();
  }

  async #work(pooled: PooledSession, first: Parcel): Promise<void> {
    for (let parcel: Parcel | undefined = first; parcel !== undefined; parcel = this.#next(pooled)) {
      if (pooled.failures.length > 0) {
        parcel.history = [...parcel.history, ...pooled.failures];
        pooled.failures = [];
      }
      this.#after(pooled, parcel, await transactWatched(pooled.session, parcel, this.#ports));
      // A second connection may be worth it only now that the first has shown how slow the site is.
      if (this.queue.size > 0) this.#openMore();
    }
    this.dispatch();
    this.#quietWhenDone();
  }

  /** The session's next parcel; without one the session is parked or ended. */
  #next(pooled: PooledSession): Parcel | undefined {
    const { budget, limits, clock, isStopping } = this.#ports;
    if (pooled.closed) return undefined;
    if (!pooled.session.usable) {
      this.#pool.discard(pooled);
      return undefined;
    }
    const worn = pooled.session.transactions >= limits.messagesPerConnection;
    if (worn || this.#pool.size > this.#limit.value || budget.shouldYield(this)) {
      this.#pool.quit(pooled);
      return undefined;
    }
    const parcel = this.#take();
    if (parcel !== undefined) return parcel;
    if (isStopping()) {
      this.#pool.quit(pooled);
    } else {
      this.#pool.park(pooled);
      this.#ports.wake(this, clock.monotonic() + limits.idleConnectionMs);
    }
    return undefined;
  }

  #after(pooled: PooledSession, parcel: Parcel, attempt: Attempt): void {
    const nowMs = this.#ports.clock.monotonic();
    const { result } = attempt;
    if (result.kind === 'lost') {
      const reused = pooled.session.transactions > 0;
      this.#pool.discard(pooled);
      const untouched = !result.afterFinalDot && result.replies.every((reply) => reply === undefined);
      const sentAway = untouched && result.reply?.code === 421;
      if (untouched && !parcel.retried && (result.stale || (sentAway && reused))) {
        parcel.retried = true;
        this.#putBack(parcel);
        // Its neighbours have been idle as long; a new connection is the safe one.
        if (result.stale) this.#pool.quitIdle(Infinity);
        return;
      }
      if (sentAway && !reused && result.stage === 'mail' && (!parcel.retried || this.#pool.busy === 0)) {
        // As good as a 421 in the greeting: no more connections, or nobody gets in for the moment.
        parcel.retried = true;
        this.#limit.rateLimited(nowMs);
        this.#putBack(parcel);
        this.#unreachable([attemptRecord(attempt, result.reply, result.stage, result.text)]);
        return;
      }
    }
    if (result.kind === 'replied' && this.backoff.failures > 0) this.#ports.onReachable(this);
    const effect = this.#ports.conclude(this, parcel, attempt);
    if (effect.rateLimited) this.#limit.rateLimited(nowMs);
    else if (effect.delivered) this.#limit.succeeded(nowMs);
  }

  #unreachable(failures: readonly AttemptRecord[]): void {
    const nowMs = this.#ports.clock.monotonic();
    const working = this.#pool.busy + this.#pool.idle;
    if (working > 0) {
      this.#limit.refused(working, nowMs);
      return;
    }
    this.#proven = false;
    this.#ports.onUnreachable(this, failures);
  }

  #take(): Parcel | undefined {
    const { mayStart, clock, wake, giveUp, limits } = this.#ports;
    if (this.queue.size === 0 || !mayStart()) return undefined;
    const perSecond = limits.messagesPerSecondPerSite;
    if (perSecond !== undefined) {
      const nowMs = clock.monotonic();
      if (nowMs < this.#nextStartMs) {
        wake(this, this.#nextStartMs);
        return undefined;
      }
    }
    for (let parcel = this.queue.take(this.#mayTake); parcel; parcel = this.queue.take(this.#mayTake)) {
      if (giveUp(parcel)) continue;
      parcel.destination.unsettled += parcel.deliveries.length;
      parcel.underWay = true;
      // What was not used of the pace is good for one second.
      if (perSecond !== undefined)
        this.#nextStartMs = Math.max(this.#nextStartMs, clock.monotonic() - 1_000) + 1_000 / perSecond;
      return parcel;
    }
    return undefined;
  }

  #putBack(parcel: Parcel): void {
    parcel.destination.unsettled -= parcel.deliveries.length;
    parcel.underWay = false;
    this.queue.unshift(parcel);
  }

  #quietWhenDone(): void {
    if (this.queue.size === 0 && this.#pool.size === 0) this.#ports.onQuiet(this);
  }
}
