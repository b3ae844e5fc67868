/** The life of a process, as claims use it: a new epoch frees the claims of earlier ones. */
import type { Context } from './context.ts';
import { pluck } from './prepare.ts';

/** The epoch of the database now. */
export function currentEpoch(db: Context['db']): number {
  return pluck<[], number>(db, 'SELECT epoch FROM counter').get() ?? 0;
}

/** Begins the next epoch in a transaction of its own and returns it. */
export function nextEpoch(db: Context['db']): number {
  return pluck<[], number>(db, 'UPDATE counter SET epoch = epoch + 1 RETURNING epoch').get() ?? 0;
}

/**
 * Makes every delivery that an earlier epoch claimed due now, and marks that epoch's uploads for removal. The cost depends on
 * the number of claims, which is bounded, not on the length of the queue. Inside a transaction; only by the holder of the
 * lock.
 */
export function freeEarlierClaims(context: Context): void {
  const { clock, contents, deliveries, destinations, epoch } = context;
  const nowMs = clock.now();
  for (const { id, destination_id: destinationId } of deliveries.claimed()) {
    deliveries.free(id, nowMs);
    const destination = destinations.byId(destinationId);
    if (destination !== undefined) destinations.lowerDue(destination, nowMs);
  }
  contents.doomOlderThan(epoch);
}
