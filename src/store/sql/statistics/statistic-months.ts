/**
 * Months in statistics: names are also counted by month, so that a year of them is a dozen ranges of rows and not hundreds.
 * Months since the epoch, UTC; not visible outside the engine.
 */
const DAY_MS = 86_400_000;

/** `day` in days since the epoch. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

export function firstDayOf(month: number): number {
  return Date.UTC(1970, month, 1) / DAY_MS;
}

/** From the first up to but not including the second. */
export type NumberRange = readonly [from: number, to: number];

/** Splits a range of days into whole months and the days around them. */
export function inMonths([from, to]: NumberRange): {
  readonly months: NumberRange;
  readonly days: readonly NumberRange[];
} {
  const first = firstDayOf(monthOf(from)) === from ? monthOf(from) : monthOf(from) + 1;
  const end = monthOf(to);
  if (first >= end) return { months: [0, 0], days: [[from, to]] };
  const around: NumberRange[] = [
    [from, firstDayOf(first)],
    [firstDayOf(end), to],
  ];
  return { months: [first, end], days: around.filter(([one, other]) => one < other) };
}
