/** Drives the world of a fleet: lets all code run that can, waits for the database where it was asked, then lets the next thing happen. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SimulatedTime } from '../simulated-time.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** Resolves when `isDone` says so, or nothing is left to happen. Rejects with what a happening throws. */
export async function runFleetWorld(
  time: SimulatedTime,
  database: SimulatedDatabase,
  isDone: () => boolean,
): Promise<void> {
  for (;;) {
    await turn();
    while (database.busy > 0) {
      await database.idle();
      await turn();
    }
    if (isDone() || !time.happen()) return;
  }
}
