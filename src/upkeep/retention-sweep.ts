/**
 * Removes expired rows in small steps with pauses, so that mail traffic is hardly affected. A failed step is tried
 * again at the next round.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RetentionAges, RetentionCleaner } from '../store/retention.ts';

const ROUND_MS = 5 * 60_000;
const FIRST_ROUND_MS = 30_000;
const BETWEEN_STEPS_MS = 50;

export interface RetentionOptions {
  /** Live. */
  readonly ages: RetentionAges;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

export interface RetentionSweep {
  stop(): void;
}

export function startRetentionSweep(
  cleaner: RetentionCleaner,
  { ages, isOurs = () => true }: RetentionOptions,
  clock: Clock,
  log: Log,
): RetentionSweep {
  let timer: Timer | undefined;
  let stopped = false;
  const step = async () => {
    let more = false;
    if (!isOurs()) {
      schedule(ROUND_MS);
      return;
    }
    try {
      const done = await cleaner.clean(clock.now(), ages);
      more = done.more;
      if (done.contents + done.messages + done.events > 0) {
        log.debug('retention', { contents: done.contents, messages: done.messages, events: done.events });
      }
    } catch (error) {
      log.warn('retention step failed', { reason: error instanceof Error ? error.message : String(error) });
    }
    schedule(more ? BETWEEN_STEPS_MS : ROUND_MS);
  };
  const schedule = (delayMs: number) => {
    if (!stopped) timer = clock.after(delayMs, () => void step());
  };
  schedule(FIRST_ROUND_MS);
  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
