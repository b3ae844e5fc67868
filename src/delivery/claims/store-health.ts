/**
 * Whether attempts may start: the store takes what it is given, and what is in hand is still ours. While it does not, an
 * outcome could not be written down and would be repeated; when the lease of this process is over, others may be at it.
 * Failures in a row make the next try wait longer; a store that several nodes share keeps outcomes itself until it works
 * again, and says so with the lease. With a lease that never ends, nothing of it is asked.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { ENDLESS_LEASE, type Lease } from '../../store/lease.ts';
import type { Alarm } from '../alarm.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
/** While the lease lets nothing start it is looked at so often. */
const LEASE_LOOK_MS = 250;

/** Called when the store works again. */
export interface RecoveryListener {
  onRecovered(): void;
}

/** Whoever has something in hand. */
export interface LossListener {
  /** Others may have all of it. */
  onLost(): void;
}

export interface StoreHealthOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly alarm: Pick<Alarm, 'by'>;
  readonly lease?: Lease | undefined;
}

export class StoreHealth {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #alarm: Pick<Alarm, 'by'>;
  readonly #lease: Lease;
  #listeners: readonly RecoveryListener[] = [];
  #losing: readonly LossListener[] = [];
  #failures = 0;
  #retryAtMs = -Infinity;
  /** The lease lets nothing start. */
  #stopped = false;
  #life: number;

  constructor({ clock, log, alarm, lease = ENDLESS_LEASE }: StoreHealthOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#alarm = alarm;
    this.#lease = lease;
    this.#life = lease.life;
  }

  /** Called in this order when attempts may start again. */
  tells(...listeners: readonly RecoveryListener[]): void {
    this.#listeners = listeners;
  }

  /** Called in this order when what is in hand was lost, before anything starts again. */
  tellsLoss(...listeners: readonly LossListener[]): void {
    this.#losing = listeners;
  }

  /** False after a failure, until something was written or claimed again; while outcomes wait; while the lease is over. */
  get ok(): boolean {
    return this.#failures === 0 && this.#holds();
  }

  /** Monotonic milliseconds: the store is not asked before. In the past while all is well. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /**
   * To be asked before MAIL and before the final dot: is what was claimed in that life still ours? It may have been on its way
   * here, or at a host that kept it waiting, when others ended that life and another began.
   */
  watchLease(life = this.#lease.life): () => boolean {
    if (this.#lease === ENDLESS_LEASE) return ALWAYS;
    return () => this.#lease.life === life && this.#lease.holdsUntilMs() > this.#clock.monotonic();
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
    this.#tellRecovery();
  }

  /** Looks whether the lease was renewed, and the store takes outcomes. */
  onAlarm(): void {
    if (!this.#stopped) return;
    if (this.#life !== this.#lease.life) {
      this.#life = this.#lease.life;
      this.#log.warn('others took over what was in hand');
      for (const listener of this.#losing) listener.onLost();
    }
    if (this.#obstacle() !== undefined) {
      this.#alarm.by(this.#clock.monotonic() + LEASE_LOOK_MS);
      return;
    }
    this.#stopped = false;
    this.#log.info('attempts start again');
    this.#tellRecovery();
  }

  #tellRecovery(): void {
    if (this.ok) for (const listener of this.#listeners) listener.onRecovered();
  }

  #holds(): boolean {
    if (this.#lease === ENDLESS_LEASE) return true;
    if (this.#stopped) return false;
    const isLost = this.#lease.life !== this.#life;
    const obstacle = this.#obstacle();
    if (!isLost && obstacle === undefined) return true;
    if (obstacle !== undefined) this.#log.warn(`${obstacle}, no attempt starts`);
    // What is in hand is given up from the alarm: whoever asks may be in the middle of it.
    this.#stopped = true;
    const nowMs = this.#clock.monotonic();
    this.#alarm.by(isLost ? nowMs : nowMs + LEASE_LOOK_MS);
    return false;
  }

  #obstacle(): string | undefined {
    if (!this.#lease.takesOutcomes) return 'outcomes wait for the store';
    return this.#lease.holdsUntilMs() > this.#clock.monotonic()
      ? undefined
      : 'the lease of this node is over';
  }
}

const ALWAYS = () => true;
