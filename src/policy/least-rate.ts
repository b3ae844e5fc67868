/**
 * How fast what holds memory has to move: a body on its way in, an answer on its way out. The more is held, the faster, so
 * that holding much costs the holder as much bandwidth; and no body takes longer than its largest would at a slow line's
 * speed. A telephone on a bad line (30 KiB a second) gets a message of the default largest size through.
 */

/** Over how much time a rate is taken, in milliseconds: a line that stalls for less than half of this does no harm. */
export const RATE_WINDOW_MS = 20_000;

const LEAST_BYTES_PER_SECOND = 1024;
/** So much more a second for each MiB that is held. */
const MORE_PER_MIB = 1024;
const MOST_BYTES_PER_SECOND = 16 * 1024;
const MIB = 1024 * 1024;
/** The slowest line on which a body of the largest size still arrives. */
const SLOW_LINE_BYTES_PER_SECOND = 30 * 1024;
const GRACE_MS = 60_000;

/** Octets that have to move in `windowMs` where `heldBytes` are held. */
export function leastBytes(heldBytes: number, windowMs: number): number {
  const perSecond = LEAST_BYTES_PER_SECOND + (heldBytes / MIB) * MORE_PER_MIB;
  return (Math.min(perSecond, MOST_BYTES_PER_SECOND) * windowMs) / 1000;
}

/** Milliseconds within which a whole body has to be there, where it may have `limitBytes`. */
export function longestArrivalMs(limitBytes: number): number {
  return GRACE_MS + Math.ceil((limitBytes * 1000) / SLOW_LINE_BYTES_PER_SECOND);
}
