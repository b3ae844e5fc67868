/**
 * The reserve: mail is refused while less than this is free on the file system, so that the outcomes of accepted mail can
 * still be written. The system is asked once a second at most.
 */
import { statfsSync } from 'node:fs';
import type { Clock } from '../../../platform/clock.ts';
import { StoreError } from '../../errors.ts';

/** The default; tests use others. */
export const DEFAULT_RESERVE_BYTES = 256 * 1024 * 1024;
const ASK_EVERY_MS = 1000;

export class FreeSpace {
  readonly #dataDir: string;
  readonly #reserveBytes: number;
  readonly #clock: Clock;
  #askedAtMs = -Infinity;
  #freeBytes = Infinity;

  constructor(dataDir: string, reserveBytes: number, clock: Clock) {
    this.#dataDir = dataDir;
    this.#reserveBytes = reserveBytes;
    this.#clock = clock;
  }

  /** StoreError `disk-full` while less than the reserve is free. */
  refusal(): StoreError | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#askedAtMs >= ASK_EVERY_MS) {
      this.#askedAtMs = now;
      this.#freeBytes = this.#ask();
    }
    if (this.#freeBytes >= this.#reserveBytes) return undefined;
    return new StoreError(
      'disk-full',
      `less than ${this.#reserveBytes} octets are free in ${this.#dataDir}: no mail is taken until there is more`,
    );
  }

  #ask(): number {
    try {
      const { bavail, bsize } = statfsSync(this.#dataDir);
      return bavail * bsize;
    } catch {
      // A file system that reports no figures must not stop the relay: SQLite detects a full disk by itself.
      return Infinity;
    }
  }
}
