/**
 * The previous life under this node's name. A process that died leaves its life behind; a second process under the same name,
 * started by mistake, renews it. So the lease is watched a little longer than a renewal takes before the new process takes
 * its place.
 */
import { delay, type Clock } from '../../../platform/clock.ts';
import type { Database } from '../engine/database.ts';
import { FLEET_TIMES, type FleetTimes } from './fleet.ts';
import { leaseOfName, nameTaken } from './lives.ts';

/** Share of the time between two renewals, with jitter. */
const LONGER = 1.3;
const LOOKS = 13;

/** Resolves when nobody lives under `name`; StoreError `locked` when somebody does. */
export async function awaitPredecessor(
  database: Database,
  name: string,
  clock: Clock,
  { renewMs }: FleetTimes = FLEET_TIMES,
): Promise<void> {
  const found = await database.read((session) => leaseOfName(session, name));
  if (found === undefined) return;
  for (let look = 0; look < LOOKS; look++) {
    await delay(clock, (renewMs * LONGER) / LOOKS);
    const now = await database.read((session) => leaseOfName(session, name));
    if (now === undefined) return;
    if (now.life !== found.life || now.until !== found.until) throw nameTaken(name);
  }
}
