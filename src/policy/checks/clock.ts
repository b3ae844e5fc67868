/**
 * Whether the clock can be right: it is not behind what the store has written, nor before this program was made. A clock
 * that runs ahead by itself cannot be told from a right one here: no time server is asked, the system says whether it asks.
 */
import type { Check } from './check.ts';

export interface ClockFacts {
  /** When the newest event was written; `undefined`: there is none. */
  readonly newestEventMs: number | undefined;
  /** The system keeps it by a time server; `undefined`: it does not tell. */
  readonly synchronized?: boolean | undefined;
}

/** Steps of NTP are smaller. */
const TOLERANCE_MS = 60_000;
/** No release is older. */
const RELEASED_MS = Date.UTC(2025, 0, 1);
const REMEDY = 'set the clock: timedatectl status shows whether it is synchronized';

export const clock: Check<ClockFacts> = {
  reason: 'the clock is wrong',
  stopsMail: false,
  look({ newestEventMs, synchronized }, nowMs) {
    const now = new Date(nowMs).toISOString();
    if (nowMs < RELEASED_MS)
      return {
        ok: false,
        detail: `the clock says ${now}, which is before this program was made`,
        remedy: REMEDY,
      };
    if (newestEventMs !== undefined && newestEventMs - nowMs > TOLERANCE_MS)
      return {
        ok: false,
        detail: `the clock says ${now}, but the newest event was written at ${new Date(newestEventMs).toISOString()}: it was set back, or was ahead then`,
        remedy: REMEDY,
      };
    if (synchronized === false)
      return {
        ok: true,
        detail: 'the clock is not behind the events, but no time server keeps it right',
        remedy: 'timedatectl set-ntp true, or install chrony',
      };
    return {
      ok: true,
      detail: `the clock is not behind the events${synchronized === true ? ', and is synchronized' : ''}`,
    };
  },
};
