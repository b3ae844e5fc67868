/**
 * What has expired without a try is looked at before the rest, as it mostly ends. What a limit has kept from its only try goes
 * back instead: it is not looked at again for its end for a while, and all of it has a part of a claim, so that it does not
 * keep the rest from being claimed.
 */

/** After such a look, until the next. */
export const EXPIRED_AGAIN_MS = 3_600_000;
const PART = 1 / 4;

/** Of a claim of `limit`, for each of so many destinations. */
export function expiredShare(limit: number, destinations: number): number {
  return Math.max(1, Math.floor(Math.ceil(limit * PART) / Math.max(1, destinations)));
}
