/** Times, spans, sizes, counts and shares for people, in the reader's language. Times are UTC, as in logs and relayctl. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-24 06:12:31 UTC` */
export function exactTime(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `06:12:31`, with the date before it when that is not the day of `relativeTo`. */
export function clockTime(iso: string, relativeTo: string): string {
  const text = exactTime(iso).replace(' UTC', '');
  return text.slice(0, 10) === exactTime(relativeTo).slice(0, 10) ? text.slice(11) : text;
}

/** `3 min. ago`, `in 4 hr.`, `now`: in the largest unit that fits. */
export function relativeTime(iso: string, nowMs: number, language: string): string {
  const distance = Date.parse(iso) - nowMs;
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const away = Math.abs(distance);
  if (away < MINUTE) return words.format(Math.round(distance / SECOND), 'second');
  if (away < HOUR) return words.format(Math.round(distance / MINUTE), 'minute');
  if (away < DAY) return words.format(Math.round(distance / HOUR), 'hour');
  return words.format(Math.round(distance / DAY), 'day');
}

/** A span in at most two units: `350 ms`, `2.4 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`. */
export function span(durationMs: number): string {
  const ms = Math.abs(Math.round(durationMs));
  if (ms < SECOND) return `${ms} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1).replace(/\.0$/, '')} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return twoUnits(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return twoUnits(ms, HOUR, 'h', MINUTE, 'min');
  return twoUnits(ms, DAY, 'd', HOUR, 'h');
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const inSmall = Math.round(ms / small);
  const perLarge = large / small;
  const rest = inSmall % perLarge;
  const whole = `${Math.floor(inSmall / perLarge)} ${largeName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`;
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `812 B`, `4.2 KiB`, `19 MiB` */
export function sizeWords(sizeBytes: number, language: string): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${SIZE_UNITS[unit] ?? ''}`;
}

export function countWords(count: number, language: string): string {
  return count.toLocaleString(language);
}

/** `98.4 %`; a dash where there was nothing to divide by. */
export function shareWords(share: number | null, language: string): string {
  return share === null
    ? '–'
    : share.toLocaleString(language, { style: 'percent', maximumFractionDigits: share < 0.1 ? 2 : 1 });
}
