/**
 * The SMTP sessions of one site: kept for the next message, given up after a while without one. Counts every
 * connection from the moment it is wanted until its socket is closed, so that no limit is ever exceeded.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Tasks } from '../../platform/lifecycle.ts';
import type { AttemptRecord } from '../../store/records.ts';
import type { ConnectionBudget, Connecting } from './connection-budget.ts';
import type { SmtpSession } from '../../smtp/client/session.ts';

export interface PooledSession {
  readonly session: SmtpSession;
  /** Hosts that failed before this one was reached; told with the first message. */
  failures: readonly AttemptRecord[];
  /** Monotonic; `undefined` while it is busy. */
  idleSinceMs: number | undefined;
  closed: boolean;
}

export interface PoolPorts {
  readonly budget: ConnectionBudget;
  readonly clock: Clock;
  readonly tasks: Tasks;
}

export class ConnectionPool {
  readonly #ports: PoolPorts;
  readonly #owner: Connecting;
  readonly #sessions = new Set<PooledSession>();
  /** The one used last is taken first, so that what is too many goes idle. */
  readonly #idle: PooledSession[] = [];
  #opening = 0;
  #closing = 0;

  constructor(owner: Connecting, ports: PoolPorts) {
    this.#owner = owner;
    this.#ports = ports;
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

  /** Reserves one connection; to be followed by {@link opened} or {@link failed}. False when the budget has none left. */
  reserve(): boolean {
    if (!this.#ports.budget.take(this.#owner)) return false;
    this.#opening++;
    return true;
  }

  /** The reserved connection came about; it counts as busy. */
  opened(session: SmtpSession, failures: readonly AttemptRecord[]): PooledSession {
    this.#opening--;
    const pooled: PooledSession = { session, failures, idleSinceMs: undefined, closed: false };
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
    this.#ports.budget.closed();
  }

  park(pooled: PooledSession): void {
    pooled.idleSinceMs = this.#ports.clock.monotonic();
    this.#idle.push(pooled);
  }

  /** The one used last of those that `suits` says yes to. */
  takeIdleFor(suits: (session: SmtpSession) => boolean): PooledSession | undefined {
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
    idle.idleSinceMs = undefined;
    return idle;
  }

  /** For a session that ended. */
  discard(pooled: PooledSession): void {
    if (!this.#forget(pooled)) return;
    pooled.session.destroy();
    this.#ports.budget.closed();
  }

  /** Ends a session in good order. */
  quit(pooled: PooledSession): void {
    if (!this.#forget(pooled)) return;
    this.#closing++;
    this.#ports.tasks.run(
      pooled.session.quit().finally(() => {
        this.#closing--;
        this.#ports.budget.closed();
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

  #forget(pooled: PooledSession): boolean {
    if (pooled.closed) return false;
    pooled.closed = true;
    pooled.idleSinceMs = undefined;
    this.#sessions.delete(pooled);
    const at = this.#idle.indexOf(pooled);
    if (at !== -1) this.#idle.splice(at, 1);
    return true;
  }
}
