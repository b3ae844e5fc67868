/**
 * What becomes of entries that wait for a limit at a site. While their turn is near they stay, and the site is called when it
 * may have come; else they go back to the store, untried. One limited sender or domain leaves the others alone.
 */
import type { Clock } from '../../platform/clock.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { LimitedPlace } from './automatic-limits.ts';
import type { ConnectionHolder } from './connection-group.ts';
import { LATE_MS } from './line.ts';
import type { LongWaits } from './long-waits.ts';
import type { SiteShaping } from './site-shaping.ts';
import type { Wait } from './turn.ts';

/** The site. */
export interface HeldBack extends ConnectionHolder {
  readonly shape: SiteShaping;
  readonly backlog: {
    readonly queued: number;
    readonly asking: number;
    firsts(byStream: boolean): Iterable<QueueEntry>;
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
  readonly longWaits: Pick<LongWaits, 'hold' | 'holdsAll'>;
  readonly attempts: { ofRound(entry: QueueEntry, failures: readonly []): void };
}

/** Longer, and what waits is better off in the store, where people can act on it. */
export const SHORT_WAIT_MS = 10_000;

export function holdBack(site: HeldBack, options: HoldBackOptions): void {
  const { shape, backlog } = site;
  const nowMs = options.clock.monotonic();
  const roomInMs = shape.roomInMs(nowMs, backlog.queued);
  if (roomInMs > SHORT_WAIT_MS)
    for (let entry = backlog.dropFirstAsking(); entry !== undefined; entry = backlog.dropFirstAsking())
      options.attempts.ofRound(entry, []);
  else if (roomInMs > 0) site.callIn(roomInMs);
  const refused = backlog.takeRefused();
  // Nobody else says when the turn comes of what asks a further host.
  if (refused && backlog.asking > 0) site.callIn(LATE_MS);
  if (backlog.queued === 0) return;
  if (roomInMs > 0 || refused) holdSome(site, nowMs, options, shape.hasSpecial && refused);
  if (roomInMs > 0 || backlog.queued === 0 || site.openConnections > 0) return;
  const wait = shape.openWait(nowMs);
  if (wait.ms > SHORT_WAIT_MS) {
    const backInMs = backlog.drain().map((queue) => options.longWaits.hold(queue, wait, site));
    shape.putOffOpening(nowMs + Math.min(...backInMs));
  } else if (wait.ms > 0) site.callIn(wait.lookMs);
}

/** Those whose turn is far. Where all mail of a destination would wait, it stays as long as some of it has its turn soon. */
function holdSome(site: HeldBack, nowMs: number, options: HoldBackOptions, byStream: boolean): void {
  const { shape, backlog } = site;
  const { longWaits } = options;
  const far = new Map<string, { readonly wait: Wait; readonly entries: QueueEntry[] }>();
  const near = new Set<ActiveDestination>();
  let lookMs = Infinity;
  for (const first of backlog.firsts(byStream)) {
    const wait = shape.turnOf(first, nowMs, backlog.queued);
    // It was told to wait a moment ago, for room that is not kept any more.
    lookMs = Math.min(lookMs, wait.ms > 0 ? wait.lookMs : LATE_MS);
    if (wait.ms > SHORT_WAIT_MS) far.set(kindOf(first, byStream), { wait, entries: [] });
    else near.add(first.destination);
  }
  if (lookMs < Infinity) site.callIn(lookMs);
  if (far.size === 0) return;
  backlog.takeOut((entry) => {
    const kind = far.get(kindOf(entry, byStream));
    if (kind === undefined) return false;
    if (near.has(entry.destination) && longWaits.holdsAll(entry.destination, kind.wait, site)) return false;
    return kind.entries.push(entry) > 0;
  });
  for (const { wait, entries } of [...far.values()].sort((a, b) => a.wait.ms - b.wait.ms))
    longWaits.hold(entries, wait, site);
}

/** What is alike has the same limits, and its turn one after the other. */
function kindOf({ destination, facts: { accountId, stream }, bulk }: QueueEntry, byStream: boolean): string {
  return `${destination.name}\t${accountId}\t${bulk ? 'bulk' : ''}\t${byStream ? stream : ''}`;
}
