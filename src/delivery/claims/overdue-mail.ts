/**
 * Mail that is to be returned when it has not arrived by a time (DELIVERBY with R, RFC 2852), on time: also while its destination is
 * suspended or left alone, it is held, or its account suspended, when nothing of it would be claimed. One look at the store now and
 * then, by an index, and one at the next such time.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import type { Spool } from '../../store/spool.ts';
import type { Alarm } from '../alarm.ts';
import type { ClaimRouter } from './scheduler.ts';

export interface OverdueMailOptions {
  readonly spool: Pick<Spool, 'claimOverdue'>;
  readonly clock: Clock;
  readonly alarm: Pick<Alarm, 'by'>;
  readonly background: OwnedPromises;
  readonly log: Log;
  readonly router: Pick<ClaimRouter, 'admit'>;
  /** Between two looks; `undefined`: there are none. */
  readonly everyMs: number | undefined;
}

const AT_ONCE = 100;

export class OverdueMail {
  readonly #options: OverdueMailOptions;
  /** Monotonic. */
  #lookAtMs = Infinity;
  #looking = false;
  #stopped = false;

  constructor(options: OverdueMailOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.everyMs !== undefined) this.#lookIn(0);
  }

  stop(): void {
    this.#stopped = true;
  }

  onAlarm(): void {
    const { clock, alarm, background } = this.#options;
    if (this.#lookAtMs === Infinity || this.#looking || this.#stopped) return;
    if (clock.monotonic() < this.#lookAtMs) {
      alarm.by(this.#lookAtMs);
      return;
    }
    this.#looking = true;
    background.run(this.#look());
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { spool, clock, router, log, everyMs = Infinity } = this.#options;
    let waitMs = everyMs;
    try {
      const { claims, nextAtMs = Infinity } = await spool.claimOverdue(clock.now(), AT_ONCE);
      const count = claims.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
      waitMs = count === AT_ONCE ? 0 : Math.min(everyMs, Math.max(1, nextAtMs - clock.now()));
      if (claims.length > 0 && !this.#stopped) router.admit(claims);
    } catch (error) {
      log.debug('mail that is to be returned was not looked for', { reason: String(error) });
    }
    this.#looking = false;
    this.#lookIn(waitMs);
  }

  #lookIn(waitMs: number): void {
    this.#lookAtMs = this.#options.clock.monotonic() + waitMs;
    this.#options.alarm.by(this.#lookAtMs);
  }
}
