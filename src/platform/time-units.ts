/** Units of time in milliseconds, and the number of a day: quotas and counts are by UTC day. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Days since the epoch, UTC. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}
