/**
 * What has expired without a try is looked at before the rest, as it mostly ends. What a limit has kept from its only try goes
 * back instead: it is not looked at again for its end for a day, and it waits like the rest, in the order in which it is due. So it does
 * not keep the rest from being claimed, nor what has really ended from being seen.
 */

/** After such a look, until the next. The claim counts as the look: what a process leaves claimed when it ends is looked at again at once. */
export const EXPIRED_AGAIN_MS = 24 * 3_600_000;
const PART = 3 / 4;

/** Of what may be claimed of a destination at once. */
export function expiredShare(limitPerDestination: number): number {
  return Math.ceil(limitPerDestination * PART);
}
