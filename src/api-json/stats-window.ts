/** Which hours or days statistics are asked for: what may be left out, and how much may be asked at a time. */
import { SPAN_MS, type StatisticSpan } from '../store/stats.ts';

const HOUR_MS = SPAN_MS.hour;
const DAY_MS = SPAN_MS.day;

/** From the beginning of a period to the end of one, in ms since the epoch. */
export interface StatisticWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface WindowProblem {
  readonly field: 'from' | 'to';
  readonly problem: string;
}

/** Unless it is said otherwise: the last 24 hours, or 30 days with today. */
const USUAL_MS: Readonly<Record<StatisticSpan, number>> = { hour: 24 * HOUR_MS, day: 30 * DAY_MS };
/** So that an answer stays small enough to read. */
export const MOST_PERIODS: Readonly<Record<StatisticSpan, number>> = { hour: 31 * 24, day: 800 };

export function isWindow(window: StatisticWindow | WindowProblem): window is StatisticWindow {
  return 'fromMs' in window;
}

/** What is left out ends now, or begins the usual time before the end. */
export function statisticWindow(
  span: StatisticSpan,
  asked: { readonly fromMs: number | undefined; readonly toMs: number | undefined },
  nowMs: number,
): StatisticWindow | WindowProblem {
  const spanMs = SPAN_MS[span];
  const toMs = Math.ceil((asked.toMs ?? nowMs + 1) / spanMs) * spanMs;
  const fromMs = Math.floor((asked.fromMs ?? toMs - USUAL_MS[span]) / spanMs) * spanMs;
  if (fromMs >= toMs) return { field: 'from', problem: 'lies behind the end' };
  const periods = (toMs - fromMs) / spanMs;
  if (periods > MOST_PERIODS[span])
    return {
      field: 'from',
      problem: `is ${periods} ${span}s before the end: at most ${MOST_PERIODS[span]} ${span}s are shown at a time`,
    };
  return { fromMs, toMs };
}
