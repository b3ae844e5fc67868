/**
 * One MX site: the hosts that serve one or many recipient domains, what waits for them, and the connections to them.
 * A session takes the next parcel as soon as it is done with one, so that no timer and no hand-over lies between two
 * messages; connections are opened when more waits than the open ones take up.
 *
 * A connection-level failure is the site's, not the message's: when no session is left, everything that waits is
 * given to `onUnreachable`. A reused session that turns out to be gone or out of step costs its message one further try
 * on a new one; a host that speaks of itself, one at the next host (docs/adr/0005-next-host.md).
 */
import { afterLoss, hostTrouble } from './after-attempt.ts';
import { attemptRecord, type Attempt } from './attempt.ts';
import { Backlog, mayUse } from './backlog.ts';
import type { SiteHost } from '../route/candidates.ts';
import type { AttemptRecord } from '../../store/records.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Connecting } from './connection-budget.ts';
import { ConnectionPool, type PooledSession } from './connection-pool.ts';
import { Backoff, type Destination } from '../destination-state.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { SitePorts } from './site-ports.ts';
import { SiteHosts } from './site-hosts.ts';
import type { SiteQueue } from './site-queue.ts';
import { openWatched, transactWatched } from './watched-attempt.ts';

export class Site implements Connecting {
  /** Hosts in the order of preference, as text: equal for domains that are served alike. */
  readonly key: string;
  /** Its connections need TLS with a certificate that verifies. RFC 8689. */
  readonly requireTls: boolean;
  readonly hosts: SiteHosts;
  readonly backoff = new Backoff();
  /** Destinations that are blocked since the site is. */
  readonly blocked = new Set<Destination>();
  readonly #limit: ConcurrencyLimit;
  readonly #pool: ConnectionPool;
  readonly #ports: SitePorts;
  readonly #backlog: Backlog;
  /** Until a connection came about, one at a time is tried. */
  #proven = false;

  constructor(
    facts: { readonly key: string; readonly hosts: readonly SiteHost[]; readonly requireTls: boolean },
    ports: SitePorts,
  ) {
    this.key = facts.key;
    this.hosts = new SiteHosts(facts.hosts);
    this.requireTls = facts.requireTls;
    this.#ports = ports;
    const { firstConnectionsPerSite, maxConnectionsPerSite } = ports.limits;
    this.#limit = new ConcurrencyLimit(firstConnectionsPerSite, maxConnectionsPerSite);
    this.#pool = new ConnectionPool(this, ports);
    this.#backlog = new Backlog(ports, (atMs) => ports.wake(this, atMs));
  }

  get openConnections(): number {
    return this.#pool.size;
  }
  get idleConnections(): number {
    return this.#pool.idle;
  }

  /** Gives waiting parcels to idle sessions, and opens more where that is not enough. Cheap when there is nothing to do. */
  dispatch(): void {
    if (this.waiting === 0 || !this.#ports.mayStart()) return;
    this.#askNextHosts();
    for (let idle = this.#pool.lastIdle; idle !== undefined; idle = this.#pool.lastIdle) {
      const parcel = this.#backlog.take(idle.session);
      if (parcel !== undefined) this.#ports.work.run(this.#work(this.#pool.use(idle), parcel));
      // What waits wants a new session.
      else if (this.#backlog.readyNow) this.#pool.quit(idle);
      else return;
    }
    this.#openMore();
  }

  /** What waits for a session to any host. */
  get queue(): SiteQueue {
    return this.#backlog.queue;
  }

  /** Parcels that no session has taken yet. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /** A parcel that was under way goes on at once; until then another site of its destination may have one more. */
  putBack(parcel: Parcel): void {
    this.#backlog.putBack(parcel);
    parcel.destination.dispatch(this);
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
    this.#backlog.sweep();
    const nothingUnderWay = () => this.#pool.size === this.#pool.idle;
    const stood = nothingUnderWay() && this.#backlog.couldStart;
    if (stood) this.dispatch();
    // Still so: it waits for a connection that others have.
    return { stoodStill: stood && !nothingUnderWay(), waiting: this.waiting > 0 };
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
      this.#backlog.ready
    ) {
      if (!this.#pool.reserve()) {
        this.#ports.onCrowded(this);
        return;
      }
      this.#ports.tasks.run(this.#open());
    }
  }

  /** Brings each parcel that looks for another host to a session there, or opens one. */
  #askNextHosts(): void {
    const { giveUp, work, tasks } = this.#ports;
    for (let parcel = this.#backlog.rounds.first; parcel !== undefined; parcel = this.#backlog.rounds.first) {
      const asking = parcel;
      const idle = this.#pool.takeIdleFor((session) => mayUse(asking, session));
      if (idle === undefined && !this.#reserveForRound()) return;
      this.#backlog.rounds.takeFirst();
      if (giveUp(asking)) {
        if (idle === undefined) this.#pool.failed();
        else this.#pool.park(idle);
      } else if (idle === undefined) tasks.run(this.#open(asking));
      else work.run(this.#work(idle, asking));
    }
  }

  /** A connection to the next host; where there are as many as may be, an idle one makes room. */
  #reserveForRound(): boolean {
    if (this.#pool.size < this.#limit.value) {
      if (this.#pool.reserve()) return true;
      this.#ports.onCrowded(this);
    } else if (this.#pool.closing === 0) this.#pool.quitOldestIdle();
    return false;
  }

  /** For what waits in the queue, or for a parcel that asks the hosts that are left. */
  async #open(asking?: Parcel): Promise<void> {
    const { abandon, mayStart, concludeRound } = this.#ports;
    const { hosts, requireTls } = this;
    const superfluous = () => asking === undefined && this.queue.size === 0;
    const { session, failures } = await openWatched({ hosts, requireTls, asking, superfluous }, this.#ports);
    if (session === undefined) {
      this.#pool.failed();
      if (abandon.aborted) return;
      if (asking !== undefined) concludeRound(asking, failures);
      else if (this.queue.size > 0) this.#unreachable(failures);
      this.dispatch();
      this.#quietWhenDone();
      return;
    }
    this.#proven = true;
    hosts.opened(session.remote);
    const pooled = this.#pool.opened(session, failures);
    if (asking !== undefined && !mayStart()) this.#backlog.rounds.add(asking);
    const parcel = asking !== undefined && mayStart() ? asking : this.#next(pooled);
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
      if (this.waiting > 0) this.#askNextHosts();
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
    const asking = this.#backlog.takeForHost(pooled.session);
    if (asking !== undefined) return asking;
    if (this.#hasToMakeRoom()) {
      this.#pool.quit(pooled);
      return undefined;
    }
    const parcel = this.#backlog.take(pooled.session);
    if (parcel !== undefined) return parcel;
    if (isStopping() || this.#backlog.readyNow || budget.wanted) {
      this.#pool.quit(pooled);
    } else {
      this.#pool.park(pooled);
      this.#ports.wake(this, clock.monotonic() + limits.idleConnectionMs);
    }
    return undefined;
  }

  /** A parcel waits for a session to another host, there may be no more connections, and none is on its way. */
  #hasToMakeRoom(): boolean {
    const { size, opening, closing } = this.#pool;
    return this.#backlog.rounds.size > 0 && size >= this.#limit.value && opening === 0 && closing === 0;
  }

  #after(pooled: PooledSession, parcel: Parcel, attempt: Attempt): void {
    const nowMs = this.#ports.clock.monotonic();
    const { result, remote } = attempt;
    const facts = this.hosts.facts(parcel, remote.host, nowMs);
    const tlsBroke = this.hosts.heard(attempt, nowMs);
    if (result.kind === 'lost') this.#pool.discard(pooled);
    const alone = this.#pool.busy === 0;
    const mayGoOn = result.kind === 'lost' && facts.othersLeft && this.#ports.speaksOfHost(parcel, attempt);
    const next = afterLoss(parcel, attempt, { alone, mayGoOn });
    if (next !== 'conclude') {
      parcel.retried = true;
      this.putBack(parcel);
    }
    if (next === 'renew') {
      // Its neighbours have been idle as long; a new connection is the safe one.
      if (result.kind === 'lost' && result.stale) this.#pool.quitIdle(Infinity);
      return;
    }
    if (next === 'refused' && result.kind === 'lost') {
      this.#limit.rateLimited(nowMs);
      this.#unreachable([attemptRecord(attempt, result.reply, result.stage, result.text)]);
      return;
    }
    if (result.kind === 'replied' && this.backoff.failures > 0) this.#ports.onReachable(this);
    const effect = this.#ports.conclude(this, parcel, attempt, facts);
    if (effect.nextHost !== undefined) {
      this.#backlog.rounds.add(effect.nextHost);
      // The next session goes elsewhere first, unless it was the message that did not suit.
      if (hostTrouble(attempt)) this.hosts.failed(remote, nowMs);
    }
    if (tlsBroke || effect.outOfStep || (effect.nextHost !== undefined && hostTrouble(attempt)))
      this.#pool.quit(pooled);
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

  #quietWhenDone(): void {
    if (this.waiting === 0 && this.#pool.size === 0) this.#ports.onQuiet(this);
  }
}
