/** Looks again and again, one look at a time: the next begins so long after the last has ended, while it is this node's to do. */
import type { Clock, Timer } from '../platform/clock.ts';

export interface RepeatedLook {
  readonly everyMs: number;
  /** Never rejects. `stopped`: it is to begin nothing more. */
  readonly look: (stopped: () => boolean) => Promise<void>;
  readonly clock: Pick<Clock, 'after'>;
  /** False while another node does it. */
  readonly isOurs?: (() => boolean) | undefined;
}

export interface Watch {
  /** Looks now; resolves when all that is due is done, or has failed. */
  look(): Promise<void>;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function startLooking({ everyMs, look, clock, isOurs }: RepeatedLook): Watch {
  let timer: Timer | undefined;
  let stopped = false;
  let looking = Promise.resolve();
  const lookNow = () => look(() => stopped);
  const schedule = () => {
    if (stopped) return;
    timer = clock.after(everyMs, () => {
      looking = (isOurs?.() === false ? Promise.resolve() : lookNow()).finally(schedule);
    });
  };
  schedule();
  return {
    look: lookNow,
    async stop() {
      stopped = true;
      timer?.cancel();
      await looking;
    },
  };
}
