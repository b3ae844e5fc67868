/**
 * Writes how mail did not fit its streams, every minute and at shutdown, off the path of mail, and says it in the log once a day for each.
 * A crash loses the last minute.
 */
import type { StreamFitWatch } from '../intake/stream-fit-watch.ts';
import { BoundedTable } from '../platform/bounded-table.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { misfitWords } from '../policy/stream-fit.ts';
import type { DirectoryWriter } from '../store/directory.ts';
import { startLooking } from './repeated-look.ts';

const WRITE_EVERY_MS = 60_000;
const SAID_AGAIN_MS = 86_400_000;
/** Kinds of misfits in streams that were said. */
const MOST_SAID = 10_000;

export interface MisfitMemoryOptions {
  readonly watch: Pick<StreamFitWatch, 'take'>;
  readonly writer: Pick<DirectoryWriter, 'recordStreamMisfits'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface MisfitMemory {
  /** Writes what is known now; never rejects. */
  write(): Promise<void>;
  /** Writes what remains; never rejects. */
  stop(): Promise<void>;
}

export function startMisfitMemory({ watch, writer, clock, log }: MisfitMemoryOptions): MisfitMemory {
  const said = new BoundedTable<number>(MOST_SAID);
  const write = async () => {
    const found = watch.take();
    if (found.length === 0) return;
    for (const { accountId, stream, misfit, exampleId, lastAtMs } of found) {
      const key = `${accountId} ${stream} ${misfit}`;
      if (lastAtMs < (said.get(key) ?? 0)) continue;
      said.set(key, lastAtMs + SAID_AGAIN_MS);
      log.warn('mail does not fit its stream', {
        ...{ account: accountId, stream, misfit, message: exampleId },
        meaning: misfitWords(misfit, stream),
      });
    }
    await writer.recordStreamMisfits(found).catch((error: unknown) => {
      log.warn('misfits of streams not recorded', {
        reason: error instanceof Error ? error.message : String(error),
      });
    });
  };
  const looking = startLooking({ everyMs: WRITE_EVERY_MS, look: write, clock });
  return {
    write,
    async stop() {
      await looking.stop();
      await write();
    },
  };
}
