/**
 * Goes on with the removal of accounts: what relayctl did not finish since it was interrupted, or since attempts were under way. A
 * failed step is tried again at the next look.
 */
import { goOnRemoving } from '../admin/account-removal.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RemovalReader } from '../store/account-removal.ts';
import type { QueueReader } from '../store/queue-admin.ts';
import type { StoreWrites } from '../store/store.ts';

export interface RemovalWatchOptions {
  readonly reader: Pick<RemovalReader, 'accountsRemoving'> & Pick<QueueReader, 'tallySelected'>;
  readonly queue: StoreWrites['queue'];
  readonly removal: StoreWrites['removal'];
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

export interface RemovalWatch {
  /** Looks now; resolves when all that can be removed is, or a step has failed. */
  look(): Promise<void>;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const LOOK_MS = 1_000;
const ACTOR = 'relayd';

export function startRemovalWatch(options: RemovalWatchOptions): RemovalWatch {
  const { reader, clock, log, isOurs } = options;
  let timer: Timer | undefined;
  let stopped = false;
  let looking = Promise.resolve();
  const look = async () => {
    try {
      for (const { id } of await reader.accountsRemoving())
        if (await goOnRemoving(id, { ...options, actor: ACTOR, beside: true, goesOn: () => !stopped }))
          log.info('account removed', { account_id: id });
    } catch (error) {
      log.warn('account not removed yet', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const schedule = () => {
    if (stopped) return;
    timer = clock.after(LOOK_MS, () => {
      looking = (isOurs?.() === false ? Promise.resolve() : look()).finally(schedule);
    });
  };
  schedule();
  return {
    look,
    async stop() {
      stopped = true;
      timer?.cancel();
      await looking;
    },
  };
}
