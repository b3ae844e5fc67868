/** One session of a pool: busy, idle since a time, or closed. The pool changes its state. */
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { ClientSession } from '../../smtp/client/session.ts';

export class PooledSession {
  readonly session: ClientSession;
  #failures: readonly AttemptRecord[];
  #idleSinceMs: number | undefined;
  #closed = false;

  constructor(session: ClientSession, failures: readonly AttemptRecord[]) {
    this.session = session;
    this.#failures = failures;
  }

  /** Hosts that failed before this one was reached; recorded with the first message. */
  get failures(): readonly AttemptRecord[] {
    return this.#failures;
  }

  /** Monotonic; `undefined` while it is busy. */
  get idleSinceMs(): number | undefined {
    return this.#idleSinceMs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Gives the failures out, once. */
  tellFailures(): readonly AttemptRecord[] {
    const failures = this.#failures;
    this.#failures = [];
    return failures;
  }

  park(nowMs: number): void {
    this.#idleSinceMs = nowMs;
  }

  use(): void {
    this.#idleSinceMs = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#idleSinceMs = undefined;
  }
}
