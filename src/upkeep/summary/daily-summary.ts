/**
 * Mails the summary every day at `operator.summary`, once. The last due time is kept: a restart repeats none, and one that
 * was missed while relayd was down, or that the store did not accept, is sent later.
 */
import type { Config } from '../../config/config.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { lastTimeOfDay } from '../../policy/time-of-day.ts';
import type { MemoryFile } from '../notices/memory-file.ts';

export interface SummaryMemory {
  /** The time of day that was done last; `undefined`: none was. */
  readonly doneMs?: number | undefined;
}

export interface DailySummaryOptions {
  /** Live (config/live-config.ts). */
  readonly config: Pick<Config, 'operator'>;
  readonly file: MemoryFile<SummaryMemory>;
  /** Gathers, writes and spools the summary of the day before `endMs`; resolves to the message's id. */
  readonly send: (endMs: number) => Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node sends it: then the time of day counts as done here. */
  readonly isOurs?: () => boolean;
}

/** The configuration may change, and the clock be set. */
const LOOK_EVERY_MS = 60_000;
/** After a failure. */
const RETRY_MS = 300_000;
/** A time of day that was moved by a reload makes no second summary of a day. */
const LEAST_BETWEEN_MS = 12 * 3_600_000;

export function startDailySummary(options: DailySummaryOptions): { stop(): Promise<void> } {
  const { config, file, send, clock, log } = options;
  let { doneMs } = file.read();
  let notBeforeMs = 0;
  let timer: Timer | undefined;
  let sending: Promise<void> | undefined;
  let stopped = false;

  const done = (atMs: number) => {
    doneMs = atMs;
    try {
      file.write({ doneMs });
    } catch (error) {
      log.warn('summary.json cannot be written', { reason: (error as Error).message });
    }
  };
  const sendOne = async (endMs: number) => {
    try {
      const message = await send(endMs);
      log.info('daily summary sent', { message });
      done(endMs);
    } catch (error) {
      notBeforeMs = clock.monotonic() + RETRY_MS;
      log.warn('daily summary failed', { reason: error instanceof Error ? error.message : String(error) });
    } finally {
      sending = undefined;
    }
  };
  const look = () => {
    timer = clock.after(LOOK_EVERY_MS, look);
    const { mail, summaryMinute } = config.operator;
    if (mail === undefined || summaryMinute === undefined || sending !== undefined) return;
    const endMs = lastTimeOfDay(summaryMinute, clock.now());
    // The first one is of a whole day in which it was asked for; a clock that was set back by much begins anew.
    const isOurs = options.isOurs?.() !== false;
    if (doneMs === undefined || doneMs - clock.now() > LEAST_BETWEEN_MS || (!isOurs && doneMs !== endMs))
      done(endMs);
    else if (endMs - doneMs >= LEAST_BETWEEN_MS && clock.monotonic() >= notBeforeMs && !stopped)
      sending = sendOne(endMs);
  };
  look();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await sending;
    },
  };
}
