/** How long something waits for all its limits: for room in them, and for its turn among those that wait for the same. */
import type { Waiter } from './line.ts';
import { ASKING, type RateLimit } from './rate-limit.ts';

/** What a limit makes wait. */
export interface Wait {
  /** Until its turn, as far as is known; 0: it may go. */
  readonly ms: number;
  /** Until it is to be looked at again, if it waits here. */
  readonly lookMs: number;
  readonly limit: RateLimit | undefined;
}

export const MAY_GO: Wait = { ms: 0, lookMs: 0, limit: undefined };

/** `wanted`: how many wait with it. It has its place in the lines of the limits from now on, and keeps it while it asks. */
export function turnOf(limits: readonly RateLimit[], waiter: Waiter, nowMs: number, wanted: number): Wait {
  let wait = MAY_GO;
  let lookMs = 0;
  let ready = true;
  // Lines that keep room for others before it.
  const keeping: RateLimit[] = [];
  for (const limit of limits) {
    if (limit.isOff) continue;
    const before = limit.line.join(waiter, nowMs);
    const roomInMs = limit.waitMs(nowMs, wanted);
    ready &&= roomInMs === 0;
    const keptMs =
      roomInMs === 0 ? limit.line.keptForMs(waiter, nowMs, (count) => limit.roomForMs(nowMs, count)) : 0;
    if (keptMs > 0) keeping.push(limit);
    const ownLookMs = Math.max(roomInMs, keptMs);
    if (ownLookMs === 0) continue;
    const ms = roomInMs === ASKING ? ASKING : Math.max(ownLookMs, limit.turnMs(nowMs, before));
    lookMs = Math.max(lookMs, ownLookMs);
    if (ms > wait.ms) wait = { ms, lookMs, limit };
  }
  for (const limit of limits) {
    if (limit.isOff) continue;
    if (wait.ms === 0) limit.line.goes(waiter, nowMs);
    else {
      // Else two that are each before the other in one of two lines would wait for each other for ever.
      const isKeptElsewhere = keeping.some((one) => one !== limit);
      limit.line.looksAgain(waiter, nowMs, nowMs + lookMs, ready && !isKeptElsewhere);
    }
  }
  return wait.ms === 0 ? MAY_GO : { ...wait, lookMs };
}

/** How long until the next one may begin, whoever it is. */
export function roomInMs(limits: readonly RateLimit[], nowMs: number, wanted: number): number {
  let ms = 0;
  for (const limit of limits) ms = Math.max(ms, limit.waitMs(nowMs, wanted));
  return ms;
}
