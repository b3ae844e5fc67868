/**
 * Ends suspensions whose time has come, within a second, and finishes what was begun of suspended and resumed accounts: after a
 * crash, or when relayctl was interrupted. A failed step is tried again at the next look. Of several nodes one does it; what is
 * overdue, since that one has ended, every other ends: the store lets one of them.
 */
import { endSuspension, finishResuming } from '../admin/suspensions.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { ShapingReader, Suspension } from '../store/shaping.ts';
import type { StoreWrites } from '../store/store.ts';
import { startLooking, type Watch } from './repeated-look.ts';

export interface SuspensionWatchOptions {
  readonly reader: Pick<ShapingReader, 'suspensions' | 'accountsResuming'>;
  readonly queue: StoreWrites['queue'];
  readonly shaping: StoreWrites['shaping'];
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it; default: always ours. */
  readonly isOurs?: () => boolean;
}

const LOOK_MS = 500;
/** So late, a suspension is ended by whoever sees it. */
const OVERDUE_MS = 2_000;
const ACTOR = 'relayd';

export function startSuspensionWatch(options: SuspensionWatchOptions): Watch {
  const { clock, log, isOurs = () => true } = options;
  /** Waiting mail of these may still be queued: an earlier process did not hold it. */
  let toHold: readonly Suspension[] | undefined;
  const look = async () => {
    const ours = isOurs();
    try {
      const suspensions = await options.reader.suspensions();
      if (ours) {
        toHold ??= suspensions.filter(({ kind }) => kind === 'account');
        for (const one of toHold) await holdWaiting(options, one);
        toHold = [];
      }
      const endedByMs = clock.now() - (ours ? 0 : OVERDUE_MS);
      for (const one of suspensions)
        if (one.untilMs !== undefined && one.untilMs <= endedByMs) await end(options, one);
      if (!ours) return;
      for (const account of await options.reader.accountsResuming())
        await finishResuming(account, { ...options, actor: ACTOR });
    } catch (error) {
      log.warn('suspensions not ended', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock });
}

async function holdWaiting({ queue, clock }: SuspensionWatchOptions, { subject }: Suspension): Promise<void> {
  await queue.holdSuspended(subject, clock.now(), ACTOR);
}

async function end(options: SuspensionWatchOptions, one: Suspension): Promise<void> {
  const { kind, subject } = one;
  if (await endSuspension(one, { ...options, actor: ACTOR }))
    options.log.info('suspension ended', { kind, subject });
}
