/**
 * The active sessions of one site. A session takes the next entry as soon as it has finished one, without a timer or a
 * hand-over between two messages; connections are opened when more waits than the open ones can take.
 *
 * A connection-level failure concerns the site, not the message: when no session is left, all waiting entries go to the
 * outages. A reused session that has ended or is out of step costs its message one further try on a new one; a host that
 * refuses for a reason of its own, one at the next host (docs/adr/0005-next-host.md).
 */
import type { AttemptRecord } from '../../store/delivery-records.ts';
import { attemptRecord, hostTrouble, refusalsIn, type Attempt } from '../attempt/attempt.ts';
import type { ServingSite } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { Egress } from '../route/egress.ts';
import type { ReplyRule } from '../../policy/shaping/shaping-rules.ts';
import type { InUse, LimitedPlace } from '../shaping/automatic-limits.ts';
import { ASKING } from '../shaping/rate-limit.ts';
import type { SiteShaping } from '../shaping/site-shaping.ts';
import { afterLoss } from './after-attempt.ts';
import { mayUse, type Backlog } from './backlog.ts';
import type { ConnectionPool, PoolOwner } from './connection-pool.ts';
import type { PooledSession } from './pooled-session.ts';
import { openSession } from './open-session.ts';
import type { SiteHosts } from './site-hosts.ts';
import { mayStart, type SiteOptions } from './site-options.ts';
import type { StartsPerMinute } from './starts-per-minute.ts';
import { sessionLimits } from '../../smtp/client/session-limits.ts';
import { transact } from './transact.ts';

/** The site, as its sessions see it. */
export interface SessionOwner extends PoolOwner, ServingSite {
  readonly shape: SiteShaping;
  readonly requireTls: boolean;
  readonly egress: Egress;
  readonly hosts: SiteHosts;
  readonly backlog: Backlog;
  readonly place: LimitedPlace;
  readonly starts: StartsPerMinute;
  inUse(scope: ReplyRule['scope']): InUse;
  /** It wants to be looked at by then (monotonic). */
  wake(atMs: number): void;
  /** The same, after a wait for a limit. */
  callIn(waitMs: number): void;
  /** The budget has no connection left for it. */
  crowded(): void;
  /** Something ended: maybe nothing waits and no connection is left. */
  rest(): void;
  /** No host takes a connection. */
  unreachable(failures: readonly AttemptRecord[]): void;
  /** A host answered a transaction. */
  works(): void;
}

const MOST_QUESTIONS = 3;
/** Waits for an answer of the store alone. */
const NO_CONNECTIONS = { openConnections: 0, yieldIdle: () => false };

export class SiteSessions {
  readonly #site: SessionOwner;
  readonly #backlog: Backlog;
  readonly #pool: ConnectionPool;
  readonly #options: SiteOptions;

  constructor(site: SessionOwner, pool: ConnectionPool, options: SiteOptions) {
    this.#site = site;
    this.#backlog = site.backlog;
    this.#pool = pool;
    this.#options = options;
  }

  /** Something waits: idle sessions take it, and more are opened where that is not enough. */
  dispatch(): void {
    if (!mayStart(this.#options)) return;
    this.#askNextHosts();
    for (let idle = this.#pool.lastIdle; idle !== undefined; idle = this.#pool.lastIdle) {
      const entry = this.#backlog.take(idle.session);
      if (entry !== undefined) this.#options.work.run(this.#work(this.#pool.use(idle), entry));
      // What waits wants a new session.
      else if (this.#backlog.readyNow) this.#pool.quit(idle);
      else return;
    }
    this.#openMore();
  }

  /** Something could be started that waited for a connection only. */
  #openMore(): void {
    while (this.#pool.mayGrow && this.#backlog.queued > this.#pool.opening && this.#backlog.ready) {
      if (this.#isLimited()) return;
      if (!this.#pool.reserve()) {
        this.#site.crowded();
        return;
      }
      this.#options.background.run(this.#open());
    }
  }

  /** A rule allows no further connection now. */
  #isLimited(): boolean {
    const { fullForMs } = this.#pool;
    if (fullForMs !== undefined) {
      if (fullForMs < Infinity) this.#site.wake(this.#options.clock.monotonic() + fullForMs);
      return true;
    }
    const { limitedForMs } = this.#pool;
    if (limitedForMs > 0) this.#site.callIn(limitedForMs);
    return limitedForMs > 0;
  }

  /** Brings each entry that looks for another host to a session there, or opens one. */
  #askNextHosts(): void {
    const { settler, work, background } = this.#options;
    for (let entry = this.#backlog.firstAsking; entry !== undefined; entry = this.#backlog.firstAsking) {
      const asking = entry;
      const idle = this.#pool.takeIdleFor((session) => mayUse(asking, session));
      if (idle === undefined && !this.#reserveForRound()) return;
      this.#backlog.takeFirstAsking();
      if (settler.giveUp(asking)) {
        if (idle === undefined) this.#pool.failed();
        else this.#pool.park(idle);
      } else if (idle === undefined) background.run(this.#open(asking));
      else work.run(this.#work(idle, asking));
    }
  }

  /** A connection to the next host; where there are as many as may be, an idle one makes room. */
  #reserveForRound(): boolean {
    if (!this.#pool.full) {
      if (this.#isLimited()) return false;
      if (this.#pool.reserve()) return true;
      this.#site.crowded();
    } else if (this.#pool.closing === 0) this.#pool.quitOldestIdle();
    return false;
  }

  /** For queued entries, or for an entry that tries its remaining hosts. */
  async #open(asking?: QueueEntry): Promise<void> {
    const { shutdown, attempts, work } = this.#options;
    const { key: site, hosts, requireTls, egress, backlog } = this.#site;
    const superfluous = () => asking === undefined && backlog.queued === 0;
    const { session, failures } = await openSession(
      { site, hosts, requireTls, egress, asking, superfluous, mayTryAnother: () => this.#mayTryAnother() },
      this.#options,
    );
    this.#tellLimits(failures, (asking?.destination ?? backlog.destination)?.name);
    if (session === undefined) {
      this.#pool.failed();
      if (shutdown.abandoned.aborted) return;
      if (asking !== undefined) attempts.ofRound(asking, failures);
      else if (backlog.queued > 0) this.#unreachable(failures);
    } else {
      hosts.opened(session.remote);
      const pooled = this.#pool.opened(session, failures);
      const starts = mayStart(this.#options);
      if (asking !== undefined && !starts) backlog.addAsking(asking);
      const entry = asking !== undefined && starts ? asking : this.#next(pooled);
      if (entry !== undefined) {
        work.run(this.#work(pooled, entry));
        return;
      }
    }
    this.#site.dispatch();
    this.#site.rest();
  }

  /** A further address is another new connection. The store may have to be asked, and others may be served before. */
  async #mayTryAnother(): Promise<boolean> {
    const { shape } = this.#site;
    const { clock, shaping } = this.#options;
    for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
      const { lookMs } = shape.openWait(clock.monotonic());
      if (lookMs === 0) shape.opensAgain(clock.monotonic());
      if (lookMs !== ASKING) return lookMs === 0;
      await new Promise<void>((resolve) => shaping.waits({ ...NO_CONNECTIONS, dispatch: resolve }));
    }
    return false;
  }

  async #work(pooled: PooledSession, first: QueueEntry): Promise<void> {
    for (let entry: QueueEntry | undefined = first; entry !== undefined; entry = this.#next(pooled)) {
      if (pooled.failures.length > 0) entry.remember(pooled.tellFailures());
      this.#site.starts.started(this.#options.clock.monotonic());
      this.#after(pooled, entry, await transact(pooled.session, entry, this.#options));
      // A second connection may be worth it only now that the first has shown how slow the site is.
      if (this.#backlog.size > 0) this.#askNextHosts();
      if (this.#backlog.queued > 0) this.#openMore();
    }
    this.#site.dispatch();
    this.#site.rest();
  }

  /** The session's next entry; without one the session is parked or ended. */
  #next(pooled: PooledSession): QueueEntry | undefined {
    const { clock, shutdown } = this.#options;
    const { messagesPerConnection, idleMs } = this.#site.shape.settings;
    const { session } = pooled;
    if (pooled.closed) return undefined;
    if (!session.usable) {
      this.#pool.discard(pooled);
      return undefined;
    }
    const most = Math.min(messagesPerConnection, sessionLimits(session).mailMax);
    const worn = session.transactions >= most;
    if (worn || this.#pool.shouldYield(session.transactions)) {
      this.#pool.quit(pooled);
      return undefined;
    }
    const asking = this.#backlog.takeForHost(session);
    if (asking !== undefined) return asking;
    if (this.#hasToMakeRoom()) {
      this.#pool.quit(pooled);
      return undefined;
    }
    const entry = this.#backlog.take(session);
    if (entry !== undefined) return entry;
    if (shutdown.begun || this.#backlog.readyNow || this.#pool.wanted) {
      this.#pool.quit(pooled);
    } else {
      this.#pool.park(pooled);
      this.#site.wake(clock.monotonic() + idleMs);
    }
    return undefined;
  }

  /** An entry waits for a session to another host, there may be no more connections, and none is on its way. */
  #hasToMakeRoom(): boolean {
    return this.#backlog.asking > 0 && this.#pool.full && !this.#pool.changing;
  }

  #after(pooled: PooledSession, entry: QueueEntry, attempt: Attempt): void {
    const { hosts } = this.#site;
    const nowMs = this.#options.clock.monotonic();
    const { result, remote } = attempt;
    this.#tellLimits(refusalsIn(attempt), entry.destination.name);
    const facts = hosts.facts(entry, remote.host, nowMs);
    const tlsBroke = hosts.heard(attempt, nowMs);
    if (result.kind === 'lost') this.#pool.discard(pooled);
    const alone = this.#pool.busy === 0;
    const mayGoOn =
      result.kind === 'lost' && facts.othersLeft && this.#options.attempts.speaksOfHost(entry, attempt);
    const next = afterLoss(entry, attempt, { alone, mayGoOn });
    if (next !== 'settle') {
      entry.retryOnce();
      this.#requeue(entry);
    }
    if (next === 'renew') {
      // Its neighbours have been idle as long; a new connection is the safe one.
      if (result.kind === 'lost' && result.stale) this.#pool.quitIdle(Infinity);
      return;
    }
    if (next === 'refused' && result.kind === 'lost') {
      this.#pool.rateLimited(nowMs);
      this.#unreachable([attemptRecord(attempt, result.reply, result.stage, result.text)]);
      return;
    }
    if (result.kind === 'replied') this.#site.works();
    const effect = this.#options.attempts.ofAttempt(entry, attempt, facts);
    for (const part of effect.requeued) this.#requeue(part);
    const { nextHost } = effect;
    // The next session goes elsewhere first, unless it was the message that did not suit.
    const hostFailed = nextHost !== undefined && hostTrouble(attempt) !== undefined;
    if (nextHost !== undefined) this.#backlog.addAsking(nextHost);
    if (hostFailed) hosts.failed(remote, nowMs);
    if (tlsBroke || effect.outOfStep || hostFailed) this.#pool.quit(pooled);
    if (effect.rateLimited) this.#pool.rateLimited(nowMs);
    else if (effect.delivered) this.#pool.succeeded(nowMs);
  }

  /** What remotes refuse may ask to go slower. `destination`: whose mail met it. */
  #tellLimits(records: readonly AttemptRecord[], destination = ''): void {
    const { automatic, attempts } = this.#options;
    for (const record of records)
      automatic.refused(this.#site.place, {
        ...{ record, destination, inUse: (scope) => this.#site.inUse(scope) },
        get class() {
          return attempts.classOf(record);
        },
      });
  }

  /** An entry that was under way continues at once; until then another site of its destination may have one more. */
  #requeue(entry: QueueEntry): void {
    this.#backlog.requeue(entry);
    entry.destination.dispatch(this.#site);
  }

  #unreachable(failures: readonly AttemptRecord[]): void {
    if (this.#pool.refused(this.#options.clock.monotonic())) this.#site.unreachable(failures);
  }
}
