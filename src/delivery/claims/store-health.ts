/**
 * Whether the store accepts writes. While it does not, no attempt starts: an outcome that cannot be recorded would be
 * repeated. Consecutive failures lengthen the wait for the next try.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/** Called when the store works again. */
export interface RecoveryListener {
  onRecovered(): void;
}

export class StoreHealth {
  readonly #clock: Clock;
  readonly #log: Log;
  #listeners: readonly RecoveryListener[] = [];
  #failures = 0;
  #retryAtMs = -Infinity;

  constructor(options: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Called in this order when the store takes outcomes again. */
  tells(...listeners: readonly RecoveryListener[]): void {
    this.#listeners = listeners;
  }

  /** False after a failure, until something was written or claimed again. */
  get ok(): boolean {
    return this.#failures === 0;
  }

  /** Monotonic milliseconds: the store is not asked before. In the past while all is well. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  failed(what: string, error: unknown): void {
    this.#failures++;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 20));
    this.#retryAtMs = this.#clock.monotonic() + waitMs;
    this.#log.warn('store does not take outcomes, no attempt starts', {
      what,
      reason: error instanceof Error ? error.message : String(error),
      failures: this.#failures,
      retry_in_ms: waitMs,
    });
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#retryAtMs = -Infinity;
    this.#log.info('store takes outcomes again');
    for (const listener of this.#listeners) listener.onRecovered();
  }
}
