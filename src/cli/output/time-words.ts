/** Times and spans for people. `timestamp`, the form in JSON, is exported from here too. */
import { timestamp } from '../../api-json/timestamp.ts';

export { timestamp };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-24 06:12:31 UTC` */
export function fullTime(atMs: number): string {
  return `${timestamp(atMs).slice(0, 19).replace('T', ' ')} UTC`;
}

/** `06:12:31`, with the date before it when that is not the day of `relativeToMs`. */
export function clockTime(atMs: number, relativeToMs: number): string {
  const text = timestamp(atMs);
  const day = text.slice(0, 10);
  return day === timestamp(relativeToMs).slice(0, 10) ? text.slice(11, 19) : `${day} ${text.slice(11, 19)}`;
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

/** `3 min ago`, `in 4 h`, `now` (within a second). */
export function relative(atMs: number, nowMs: number): string {
  const distance = atMs - nowMs;
  if (Math.abs(distance) < SECOND) return 'now';
  return distance < 0 ? `${span(distance)} ago` : `in ${span(distance)}`;
}

/** An age or a wait for a narrow column: `now`, `42s`, `4m`, `3h`, `12d`. */
export function shortSpan(durationMs: number): string {
  const ms = Math.abs(durationMs);
  if (ms < SECOND) return 'now';
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)}h` : `${Math.floor(ms / DAY)}d`;
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `812 B`, `4.2 KiB`, `19 MiB` */
export function sizeWords(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const shown = unit === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${shown} ${SIZE_UNITS[unit] ?? ''}`;
}

/** `1 attempt`, `2 attempts` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
