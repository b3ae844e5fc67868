/** The hour and the day (UTC) that a message counts towards, for a holder with limits of such periods. */
import { DAY_SECONDS, HOUR_SECONDS } from '../../policy/usage-limits.ts';

export interface CountedPeriod {
  readonly holder: string;
  readonly seconds: number;
  /** Of the period since the epoch. */
  readonly number: number;
  readonly endsAtMs: number;
}

/** What was counted in it. */
export interface PeriodCount extends CountedPeriod {
  readonly messages: number;
  readonly recipients: number;
  readonly newRecipients: number;
}

export const COUNTED_SECONDS = [HOUR_SECONDS, DAY_SECONDS] as const;

export function countedPeriods(holder: string, atMs: number): readonly CountedPeriod[] {
  return COUNTED_SECONDS.map((seconds) => {
    const number = Math.floor(atMs / (seconds * 1_000));
    return { holder, seconds, number, endsAtMs: (number + 1) * seconds * 1_000 };
  });
}
