/** Kinds of rows of the table `statistic`, for writers and readers. */
import { STATISTIC_COUNTS, type StatisticGroup } from '../../stats.ts';

export const HOUR_SPAN = 1;
export const DAY_SPAN = 2;
export const MONTH_SPAN = 3;
export const ACCOUNT_KIND = 1;
export const GROUP_KINDS: Readonly<Record<StatisticGroup, number>> = {
  domain: 2,
  stream: 3,
  destination: 4,
  tag: 5,
  credential: 6,
};
export const HOURS_A_DAY = 24;
/** In the order of STATISTIC_COUNTS. */
export const COUNT_COLUMNS = STATISTIC_COUNTS.map((count) =>
  count.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);
