/**
 * The connections of one site. Owns its sessions, which are kept for the next message and closed after an idle time, and
 * their limit. Counts every connection from its request until its socket is closed, so that no limit is ever exceeded.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { SiteShaping } from '../shaping/site-shaping.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import type { ConnectionBudget, Connecting } from './connection-budget.ts';
import { PooledSession } from './pooled-session.ts';
import type { ClientSession } from '../../smtp/client/session.ts';

export interface PoolOptions {
  readonly budget: ConnectionBudget;
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly limits: DeliveryLimits;
  /** See DeliveryOptions. */
  readonly nodes?: (() => number) | undefined;
}

/** The site whose connections they are. */
export interface PoolOwner extends Connecting {
  /** See ConnectionHolder. */
  yieldIdle(): boolean;
}

export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #owner: PoolOwner;
  readonly #shape: SiteShaping;
  readonly #sessions = new Set<PooledSession>();
  /** The one used last is taken first, so that what is too many goes idle. */
  readonly #idle: PooledSession[] = [];
  readonly #limit: ConcurrencyLimit;
  /** Until a connection came about, one at a time is tried. */
  #proven = false;
  #opening = 0;
  #closing = 0;

  constructor(owner: PoolOwner, shape: SiteShaping, options: PoolOptions) {
    this.#owner = owner;
    this.#shape = shape;
    this.#options = options;
    const most = () => shape.settings.maxConnections;
    this.#limit = new ConcurrencyLimit(options.limits.firstConnectionsPerSite, most);
  }

  /** All, those being opened or closed included. */
  get size(): number {
    return this.#sessions.size + this.#opening + this.#closing;
  }
  get opening(): number {
    return this.#opening;
  }
  get closing(): number {
    return this.#closing;
  }
  get idle(): number {
    return this.#idle.length;
  }
  get busy(): number {
    return this.#sessions.size - this.#idle.length;
  }

  /** With other nodes each has its part of what the site may have, and at least one. */
  get #most(): number {
    const { nodes } = this.#options;
    const found = this.#limit.value;
    if (nodes === undefined) return found;
    return Math.min(found, Math.max(1, Math.floor(this.#shape.settings.maxConnections / nodes())));
  }

  /** Another one may be opened for what waits in the queue. */
  get mayGrow(): boolean {
    return this.#idle.length === 0 && this.size < (this.#proven ? this.#most : 1);
  }

  /** There are as many as there may be. */
  get full(): boolean {
    return this.size >= this.#most;
  }

  /** There are more than there may be by now. */
  get tooMany(): boolean {
    return this.size > this.#most;
  }

  /** One is on its way, or about to end and to make room. */
  get changing(): boolean {
    return this.#opening > 0 || this.#closing > 0;
  }

  /** A transaction went through. */
  succeeded(nowMs: number): void {
    this.#limit.succeeded(nowMs);
  }

  /** The remote asked to slow down. */
  rateLimited(nowMs: number): void {
    this.#limit.rateLimited(nowMs);
  }

  /** No host took another connection. True: none is left either, so that the site is out of reach. */
  refused(nowMs: number): boolean {
    const working = this.#sessions.size;
    if (working > 0) this.#limit.refused(working, nowMs);
    else this.#proven = false;
    return working === 0;
  }

  /**
   * Another one would be one too many of those that a rule counts together: the owner is called when one of them ends. Until there
   * may be more of them without that, `Infinity`: never; `undefined`: there is room.
   */
  get fullForMs(): number | undefined {
    const group = this.#shape.fullGroup();
    group?.wait(this.#owner);
    return group?.growsInMs;
  }

  /** How long another one would be one too many of those in a minute. 0: it may be opened. */
  get limitedForMs(): number {
    return this.#shape.openWait(this.#options.clock.monotonic()).lookMs;
  }

  /** Reserves one connection; to be followed by {@link opened} or {@link failed}. False when the budget has none left. */
  reserve(): boolean {
    if (!this.#options.budget.take(this.#owner)) return false;
    this.#opening++;
    this.#shape.opens(this.#owner, this.#options.clock.monotonic());
    return true;
  }

  /** One that carried so many messages is to be let go: there are too many, or another site waits for one. */
  shouldYield(messages: number): boolean {
    return (
      this.tooMany ||
      this.#options.budget.shouldYield(this.#owner) ||
      this.#shape.shouldYield(this.#owner, messages)
    );
  }

  /** Another site waits: none is to be kept without work. */
  get wanted(): boolean {
    return this.#options.budget.wanted || this.#shape.wanted;
  }

  /** The reserved connection came about; it counts as busy. */
  opened(session: ClientSession, failures: readonly AttemptRecord[]): PooledSession {
    this.#opening--;
    this.#proven = true;
    const pooled = new PooledSession(session, failures);
    this.#sessions.add(pooled);
    session.onEnd(() => {
      if (pooled.idleSinceMs === undefined) return;
      this.discard(pooled);
      this.#owner.dispatch();
    });
    return pooled;
  }

  /** The reserved connection did not come about. */
  failed(): void {
    this.#opening--;
    this.#closed();
  }

  park(pooled: PooledSession): void {
    pooled.park(this.#options.clock.monotonic());
    this.#idle.push(pooled);
  }

  /** The most recently used one that satisfies `suits`. */
  takeIdleFor(suits: (session: ClientSession) => boolean): PooledSession | undefined {
    for (const pooled of this.#idle.toReversed()) {
      if (!pooled.session.usable) this.discard(pooled);
      else if (suits(pooled.session)) return this.use(pooled);
    }
    return undefined;
  }

  /** The idle session used last; it stays idle. */
  get lastIdle(): PooledSession | undefined {
    for (let last = this.#idle.at(-1); last !== undefined; last = this.#idle.at(-1)) {
      if (last.session.usable) return last;
      this.discard(last);
    }
    return undefined;
  }

  /** An idle session is busy from now on. */
  use(idle: PooledSession): PooledSession {
    this.#idle.splice(this.#idle.lastIndexOf(idle), 1);
    idle.use();
    return idle;
  }

  /** For a session that ended. */
  discard(pooled: PooledSession): void {
    if (!this.#forget(pooled)) return;
    pooled.session.destroy();
    this.#closed();
  }

  /** Ends a session in good order. */
  quit(pooled: PooledSession): void {
    if (!this.#forget(pooled)) return;
    this.#closing++;
    this.#shape.leaves();
    this.#options.background.run(
      pooled.session.quit().finally(() => {
        this.#closing--;
        this.#closed(true);
        this.#owner.dispatch();
      }),
    );
  }

  /** Ends the sessions idle since `beforeMs` or longer. Returns when the next one would be due; `undefined`: none is idle. */
  quitIdle(beforeMs: number): number | undefined {
    for (let oldest = this.#idle[0]; oldest !== undefined; oldest = this.#idle[0]) {
      const sinceMs = oldest.idleSinceMs ?? -Infinity;
      if (sinceMs > beforeMs) return sinceMs;
      this.quit(oldest);
    }
    return undefined;
  }

  quitOldestIdle(): void {
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.quit(oldest);
  }

  destroyAll(): void {
    for (const pooled of [...this.#sessions]) this.discard(pooled);
  }

  #closed(left = false): void {
    this.#shape.closed(this.#owner, left);
    this.#options.budget.closed();
  }

  #forget(pooled: PooledSession): boolean {
    if (pooled.closed) return false;
    pooled.close();
    this.#sessions.delete(pooled);
    const at = this.#idle.indexOf(pooled);
    if (at !== -1) this.#idle.splice(at, 1);
    return true;
  }
}
