/**
 * What becomes of entries that wait for a limit at a site. While the wait is short they stay, and the site is called when it
 * is over; else they go back to the store, untried. One limited sender or domain leaves the others alone.
 */
import type { Clock } from '../../platform/clock.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { LimitedPlace } from './automatic-limits.ts';
import type { ConnectionHolder } from './connection-group.ts';
import type { LongWaits } from './long-waits.ts';
import type { SiteShaping, Wait } from './site-shaping.ts';

/** The site. */
export interface HeldBack extends ConnectionHolder {
  readonly shape: SiteShaping;
  readonly backlog: {
    readonly queued: number;
    readonly asking: number;
    drain(): QueueEntry[][];
    takeOut(isOver: (entry: QueueEntry) => boolean): void;
    dropFirstAsking(): QueueEntry | undefined;
    takeRefused(): boolean;
  };
  /** All that it takes leaves as without routes and sources. */
  readonly leavesPlainly: boolean;
  readonly place: LimitedPlace;
  /** It is looked at again after a wait for a limit. */
  callIn(waitMs: number): void;
}

export interface HoldBackOptions {
  readonly clock: Clock;
  readonly longWaits: Pick<LongWaits, 'hold'>;
  readonly attempts: { ofRound(entry: QueueEntry, failures: readonly []): void };
}

/** Longer, and what waits is better off in the store, where people can act on it. */
export const SHORT_WAIT_MS = 10_000;

export function holdBack(site: HeldBack, options: HoldBackOptions): void {
  const { clock, longWaits, attempts } = options;
  const { shape, backlog } = site;
  const nowMs = clock.monotonic();
  const common = shape.commonWait(nowMs, backlog.queued);
  if (common.ms > SHORT_WAIT_MS)
    for (let entry = backlog.dropFirstAsking(); entry !== undefined; entry = backlog.dropFirstAsking())
      attempts.ofRound(entry, []);
  if (backlog.queued + backlog.asking === 0) return;
  const wait = site.openConnections === 0 ? longer(common, shape.openWait(nowMs, 1)) : common;
  if (wait.ms > SHORT_WAIT_MS) {
    for (const queue of backlog.drain()) longWaits.hold(queue, wait, site);
    return;
  }
  if (wait.ms > 0) site.callIn(wait.ms);
  if (backlog.takeRefused()) holdSome(site, nowMs, options);
}

/** Those whose sender or domain is limited. */
function holdSome(site: HeldBack, nowMs: number, options: HoldBackOptions): void {
  const { shape, backlog } = site;
  let leastMs = Infinity;
  const held: { readonly entry: QueueEntry; readonly wait: Wait }[] = [];
  backlog.takeOut((entry) => {
    const wait = shape.specialWait(entry, nowMs, backlog.queued);
    if (wait.ms > SHORT_WAIT_MS) held.push({ entry, wait });
    else if (wait.ms > 0) leastMs = Math.min(leastMs, wait.ms);
    return wait.ms > SHORT_WAIT_MS;
  });
  for (const { entry, wait } of held) options.longWaits.hold([entry], wait, site);
  if (leastMs < Infinity) site.callIn(leastMs);
}

function longer(a: Wait, b: Wait): Wait {
  return b.ms > a.ms ? b : a;
}
