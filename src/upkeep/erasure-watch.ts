/**
 * Goes on with erasures: what relayctl or a request did not finish since it was interrupted, or since mail was under way. One that the
 * look before did not find has just begun: it is left to whoever began it and is to say what was erased. A failed step is tried again
 * at the next look.
 */
import { goOnErasing } from '../admin/erasure/erasure-steps.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { ErasureReader } from '../store/erasure.ts';
import type { StoreWrites } from '../store/store.ts';
import { startLooking, type Watch } from './repeated-look.ts';

export interface ErasureWatchOptions {
  readonly reader: ErasureReader;
  readonly erasure: StoreWrites['erasure'];
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

const LOOK_MS = 2_000;
const ACTOR = 'relayd';

export function startErasureWatch(options: ErasureWatchOptions): Watch {
  const { reader, erasure, clock, log, isOurs } = options;
  let before: ReadonlySet<string> = new Set();
  const look = async (stopped: () => boolean) => {
    try {
      const running = await reader.erasures();
      const known = running.filter(({ id }) => before.has(id));
      before = new Set(running.map(({ id }) => id));
      for (const { id, accountId } of known) {
        const step = await goOnErasing(id, {
          ...{ erasure, clock, actor: ACTOR, beside: true },
          goesOn: () => !stopped(),
        });
        if (step.kind === 'done') log.info('erased', { account_id: accountId, erasure_id: id });
      }
    } catch (error) {
      log.warn('not erased yet', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock, isOurs });
}
