/**
 * Writes the last use of credentials every few seconds and at shutdown, many in one operation, off the path of mail. A crash
 * loses the last seconds. A failed write is dropped: a credential in use is noted again within a minute or so.
 */
import type { UseRecorder } from '../intake/use-recorder.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { LastUseWriter } from '../store/last-use.ts';
import { startLooking } from './repeated-look.ts';

const WRITE_EVERY_MS = 5_000;
/** An operation: it holds up the store's thread for a few milliseconds. */
const WRITE_AT_MOST = 200;

export interface UseMemoryOptions {
  readonly recorder: Pick<UseRecorder, 'take'>;
  readonly writer: LastUseWriter;
  readonly clock: Clock;
  readonly log: Log;
}

export interface UseMemory {
  /** Writes what remains; never rejects. */
  stop(): Promise<void>;
}

export function startUseMemory({ recorder, writer, clock, log }: UseMemoryOptions): UseMemory {
  const write = async () => {
    for (let uses = recorder.take(WRITE_AT_MOST); uses.length > 0; uses = recorder.take(WRITE_AT_MOST)) {
      try {
        for (const { credentialId, network } of await writer.recordUses(uses))
          log.warn('credential used from a new network', { credential: credentialId, network });
      } catch (error) {
        log.warn('last use of credentials not recorded', {
          reason: error instanceof Error ? error.message : String(error),
        });
        return;
      }
    }
  };
  const looking = startLooking({ everyMs: WRITE_EVERY_MS, look: write, clock });
  return {
    async stop() {
      await looking.stop();
      await write();
    },
  };
}
