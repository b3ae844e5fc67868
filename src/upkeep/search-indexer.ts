/**
 * Fills the index of the search of messages behind acceptance: small steps, and after each a rest nine times as long as the step
 * took. A store that is busy makes steps take longer, so the index gives way to mail, and is far behind only while that lasts.
 */
import { delay, type Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SearchReader, SearchWriter } from '../store/search.ts';
import { startLooking, type Watch } from './repeated-look.ts';

const LOOK_MS = 1_000;
const REST_PER_STEP = 9;
const LEAST_REST_MS = 10;
/** Also what a stop waits for. */
const MOST_REST_MS = 300;

export interface SearchIndexerOptions {
  readonly reader: Pick<SearchReader, 'searchStanding'>;
  readonly search: Pick<SearchWriter, 'indexSome'>;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs: () => boolean;
}

export function startSearchIndexer({ reader, search, clock, log, isOurs }: SearchIndexerOptions): Watch {
  let isFilling = false;
  const look = async (stopped: () => boolean) => {
    try {
      const standing = await reader.searchStanding(clock.now());
      if (standing.backToMs !== undefined && !isFilling) log.info('search index being filled');
      else if (standing.backToMs === undefined && isFilling) log.info('search index complete');
      isFilling = standing.backToMs !== undefined;
      // The end of a day, and runs to look at, show in the steps themselves.
      for (let more = true; more && !stopped() && isOurs();) {
        const startMs = clock.monotonic();
        ({ more } = await search.indexSome(clock.now()));
        await delay(clock, restMs(clock.monotonic() - startMs));
      }
    } catch (error) {
      log.warn('search index step failed', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock, isOurs });
}

function restMs(stepMs: number): number {
  return Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, stepMs * REST_PER_STEP));
}
