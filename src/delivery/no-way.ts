/**
 * Settles an entry that no way is open to: where all mail of its destination has the way that is in back-off, with the
 * destination; else by itself, due when its way is tried next.
 */
import type { QueueEntry } from './destination/queue-entry.ts';
import type { AttemptOutcomes } from './outcome/attempt-outcomes.ts';
import type { Outages } from './outcome/outages.ts';
import type { Settler } from './outcome/settler.ts';
import type { WayOut } from './ways-out.ts';

export interface NoWayContext {
  readonly settler: Pick<Settler, 'settleUntried' | 'release'>;
  readonly outcomes: AttemptOutcomes;
  readonly outages: Pick<Outages, 'blockWith'>;
  /** All mail of its destination has the same way. */
  readonly leavesOneWay: boolean;
}

export function settleWithoutWay(
  entry: QueueEntry,
  { site, untilMs, failure, egress, waitsFor }: Extract<WayOut, { kind: 'none' }>,
  { settler, outcomes, outages, leavesOneWay }: NoWayContext,
): void {
  const { destination } = entry;
  entry.leaveBy(egress, site?.shape);
  if (site !== undefined) destination.servedBy(site);
  if (entry.refused.length > 0 && entry.history.length === 0)
    // Nobody else takes it: what was said of it stands.
    settler.settleUntried(entry, outcomes.ofRound(entry, []));
  else if (site?.isDirect === true && leavesOneWay) {
    outages.blockWith(destination, site);
    settler.release(entry);
  } else {
    // So that its trace says from the first time on why it waits.
    const isFirst = entry.history.length === 0 && entry.deliveries.some(({ state }) => state !== 'deferred');
    if (isFirst) entry.remember([failure]);
    const outcome = outcomes.ofNoWay(entry, failure, untilMs);
    const settlements = outcome.settlements.map((one) => ({ ...one, waitsFor }));
    settler.settleUntried(entry, waitsFor === undefined ? outcome : { ...outcome, settlements });
  }
}
