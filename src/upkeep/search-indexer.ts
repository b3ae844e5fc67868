/**
 * Fills the index of the search of messages behind acceptance: small steps, and after each a rest that is nine times as long as the
 * step took, or forty times while much mail comes in. So the index gives way to mail, and is far behind only while that lasts.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SearchReader, SearchWriter } from '../store/search.ts';

const LOOK_MS = 1_000;
/** Of a day that is over, and of runs whose messages may be gone, nothing tells but a step. */
const STEP_AT_LEAST_MS = 60_000;
const REST_PER_STEP = 9;
const REST_WHILE_BUSY = 40;
/** About a hundred messages. */
const BUSY_EVENTS_A_SECOND = 200;
const LEAST_REST_MS = 10;
const MOST_REST_MS = 3_000;

export interface SearchIndexerOptions {
  readonly reader: Pick<SearchReader, 'searchStanding'>;
  readonly search: Pick<SearchWriter, 'indexSome'>;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs: () => boolean;
}

export interface SearchIndexer {
  /** Resolves when no step is under way. */
  stop(): Promise<void>;
}

export function startSearchIndexer({
  reader,
  search,
  clock,
  log,
  isOurs,
}: SearchIndexerOptions): SearchIndexer {
  let timer: Timer | undefined;
  let stopped = false;
  let working = Promise.resolve();
  let isFilling = false;
  let lastStepMs = -Infinity;
  let lastBehind = 0;
  /** Resolves to the time until the next. */
  const work = async (isContinued: boolean): Promise<readonly [restMs: number, more: boolean]> => {
    if (!isOurs()) return [LOOK_MS, false];
    const startMs = clock.monotonic();
    if (!isContinued) {
      const { hasWork, backToMs } = await reader.searchStanding(clock.now());
      isFilling = logFilling(log, isFilling, backToMs !== undefined);
      if (!hasWork && startMs - lastStepMs < STEP_AT_LEAST_MS) return [LOOK_MS, false];
    }
    const { more, followed, behind } = await search.indexSome(clock.now());
    const endMs = clock.monotonic();
    const eventsASecond = ((behind + followed - lastBehind) * 1_000) / Math.max(1, endMs - lastStepMs);
    lastStepMs = endMs;
    lastBehind = behind;
    if (!more) return [LOOK_MS, false];
    return [restMs(endMs - startMs, eventsASecond), true];
  };
  const schedule = (delayMs: number, isContinued: boolean) => {
    if (stopped) return;
    timer = clock.after(delayMs, () => {
      working = work(isContinued).then(
        ([restMs, more]) => {
          schedule(restMs, more);
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          log.warn('search index step failed', { reason });
          schedule(LOOK_MS, false);
        },
      );
    });
  };
  schedule(LOOK_MS, false);
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await working;
    },
  };
}

function restMs(stepMs: number, eventsASecond: number): number {
  const times = eventsASecond >= BUSY_EVENTS_A_SECOND ? REST_WHILE_BUSY : REST_PER_STEP;
  return Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, stepMs * times));
}

function logFilling(log: Log, before: boolean, now: boolean): boolean {
  if (now && !before) log.info('search index being filled');
  if (!now && before) log.info('search index complete');
  return now;
}
