/**
 * Ends suspensions whose time has come, within a second, and finishes what was begun of suspended and resumed accounts: after a
 * crash, or when relayctl was interrupted. A failed step is tried again at the next look.
 */
import { finishResuming, resumeAccount, resumeDestination, resumeSource } from '../admin/suspensions.ts';
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
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

const LOOK_MS = 500;
const ACTOR = 'relayd';

export function startSuspensionWatch(options: SuspensionWatchOptions): Watch {
  const { clock, log, isOurs } = options;
  /** Waiting mail of these may still be queued: an earlier process did not hold it. */
  let toHold: readonly Suspension[] | undefined;
  const look = async () => {
    try {
      const suspensions = await options.reader.suspensions();
      toHold ??= suspensions.filter(({ kind }) => kind === 'account');
      for (const one of toHold) await holdWaiting(options, one);
      toHold = [];
      const nowMs = clock.now();
      for (const one of suspensions)
        if (one.untilMs !== undefined && one.untilMs <= nowMs) await end(options, one);
      for (const account of await options.reader.accountsResuming())
        await finishResuming(account, { ...options, actor: ACTOR });
    } catch (error) {
      log.warn('suspensions not ended', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock, isOurs });
}

async function holdWaiting({ queue, clock }: SuspensionWatchOptions, { subject }: Suspension): Promise<void> {
  await queue.holdSuspended(subject, clock.now(), ACTOR);
}

async function end(options: SuspensionWatchOptions, { kind, subject }: Suspension): Promise<void> {
  const context = { ...options, actor: ACTOR };
  switch (kind) {
    case 'destination':
      await resumeDestination(subject, [], context);
      break;
    case 'source':
      await resumeSource(subject, context);
      break;
    case 'account':
      await resumeAccount({ id: subject }, context);
      break;
  }
  options.log.info('suspension ended', { kind, subject });
}
