/**
 * What has to be read before an outcome can be put into words (the directory, the content for a notice, an attempt) is asked
 * for until the store answers: while it is away the outcome could not be written either. A database on another machine is
 * away now and then; that is no reason to end the process, and none to leave the message out of its notice.
 */
import type { Clock } from '../../platform/clock.ts';
import { StoreError } from '../../store/errors.ts';
import type { Shutdown } from '../shutdown.ts';

const AGAIN_MS = 1_000;

export interface UntilReadContext {
  readonly clock: Pick<Clock, 'after'>;
  readonly shutdown: Pick<Shutdown, 'abandoned'>;
}

/** `undefined`: the service stops, and what it is about stays claimed. Rejects with what waiting does not mend. */
export async function untilRead<T>(
  read: () => Promise<T>,
  { clock, shutdown: { abandoned } }: UntilReadContext,
): Promise<{ readonly value: T } | undefined> {
  for (;;) {
    try {
      return { value: await read() };
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'busy') throw error;
    }
    if (abandoned.aborted) return undefined;
    await pause(clock, abandoned);
  }
}

/** Shorter when the service stops. */
function pause(clock: UntilReadContext['clock'], abandoned: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      abandoned.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(AGAIN_MS, done);
    abandoned.addEventListener('abort', done);
  });
}
