/**
 * Ends suspensions whose time has come, within a second, and finishes what was begun of suspended and resumed accounts: after a
 * crash, or when relayctl was interrupted. A failed step is tried again at the next look.
 */
import { finishResuming, resumeAccount, resumeDestination, resumeSource } from '../admin/suspensions.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { ShapingReader, Suspension } from '../store/shaping.ts';
import type { StoreWrites } from '../store/store.ts';

export interface SuspensionWatchOptions {
  readonly reader: Pick<ShapingReader, 'suspensions' | 'accountsResuming'>;
  readonly queue: StoreWrites['queue'];
  readonly shaping: StoreWrites['shaping'];
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

export interface SuspensionWatch {
  /** Looks now; resolves when all that is due is done, or has failed. */
  look(): Promise<void>;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const LOOK_MS = 500;
const ACTOR = 'relayd';

export function startSuspensionWatch(options: SuspensionWatchOptions): SuspensionWatch {
  const { clock, log, isOurs } = options;
  let timer: Timer | undefined;
  let stopped = false;
  let looking = Promise.resolve();
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
