/**
 * The reserve: mail is refused while less than this is free on the file system, so that the outcomes of mail already
 * taken can still be written. Asked of the system at most once a second.
 */
import { statfsSync } from 'node:fs';
import type { Clock } from '../../../platform/clock.ts';
import { StoreError } from '../../errors.ts';

/** Unless a test asks for another. */
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

  /** StoreError `disk-full` while there is less than the reserve. */
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
      // A system that cannot tell must not stop the relay: SQLite reports a full disk by itself.
      return Infinity;
    }
  }
}
