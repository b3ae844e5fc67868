/**
 * Goes on with the removal of accounts: what relayctl did not finish since it was interrupted, or since attempts were under way. A
 * failed step is tried again at the next look.
 */
import { goOnRemoving } from '../admin/account-removal.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RemovalReader } from '../store/account-removal.ts';
import type { QueueReader } from '../store/queue-admin.ts';
import type { StoreWrites } from '../store/store.ts';
import { startLooking, type Watch } from './repeated-look.ts';

export interface RemovalWatchOptions {
  readonly reader: Pick<RemovalReader, 'accountsRemoving'> & Pick<QueueReader, 'tallySelected'>;
  readonly queue: StoreWrites['queue'];
  readonly removal: StoreWrites['removal'];
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

const LOOK_MS = 1_000;
const ACTOR = 'relayd';

export function startRemovalWatch(options: RemovalWatchOptions): Watch {
  const { reader, clock, log, isOurs } = options;
  const look = async (stopped: () => boolean) => {
    try {
      for (const { id } of await reader.accountsRemoving())
        if (await goOnRemoving(id, { ...options, actor: ACTOR, beside: true, goesOn: () => !stopped() }))
          log.info('account removed', { account_id: id });
    } catch (error) {
      log.warn('account not removed yet', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock, isOurs });
}
