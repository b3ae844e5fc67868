/**
 * Keeps login throttling over a restart: restores the entries of an earlier process, and writes changes every few
 * seconds and at shutdown. A crash loses the last seconds of failures. A failed write is dropped: throttling
 * continues from memory.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { THROTTLE_MEMORY_MS, type LoginThrottle } from '../policy/login-throttle.ts';
import type { LoginReader, LoginWriter } from '../store/logins.ts';

const WRITE_EVERY_MS = 2_000;
/** What others wrote since the last time, with clocks a little apart. */
const LEARN_FROM_MS = 10_000;
/** Of each kind a write: attackers must not occupy the store thread. */
const WRITE_AT_MOST = 500;

export interface LoginMemoryOptions {
  readonly throttle: Pick<LoginThrottle, 'restore' | 'takeChanges'>;
  readonly reader: LoginReader;
  readonly writer: LoginWriter;
  readonly clock: Clock;
  readonly log: Log;
  /** Other nodes write to the same store: what they wrote lately is restored every time. Default: nobody does. */
  readonly shared?: boolean;
}

export interface LoginMemory {
  /** Writes the remaining changes; never rejects. */
  stop(): Promise<void>;
}

/** Throws errors of the store's reader. */
export async function startLoginMemory({
  throttle,
  reader,
  writer,
  clock,
  log,
  shared = false,
}: LoginMemoryOptions): Promise<LoginMemory> {
  throttle.restore(await reader.loginRecords(clock.now() - THROTTLE_MEMORY_MS));
  let timer: Timer | undefined;
  let stopped = false;
  const write = async () => {
    const records = throttle.takeChanges(WRITE_AT_MOST);
    if (records.length === 0) return;
    try {
      await writer.recordLogins(records, clock.now() - THROTTLE_MEMORY_MS);
    } catch (error) {
      log.warn('failed logins not recorded', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  const learn = async () => {
    if (!shared) return;
    try {
      throttle.restore(await reader.loginRecords(clock.now() - LEARN_FROM_MS));
    } catch {
      // Writing says that the store cannot be asked.
    }
  };
  const schedule = () => {
    if (!stopped) timer = clock.after(WRITE_EVERY_MS, () => void write().then(learn).finally(schedule));
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await write();
    },
  };
}
