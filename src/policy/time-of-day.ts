/** Times of day in UTC, such as `08:00`: the next one, and the last. Clocks are UTC everywhere in the relay. */
import { DAY_MS, dayOf, MINUTE_MS } from '../platform/time-units.ts';

/** Minutes since midnight, from `08:00` or `8:00`; `undefined`: no time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** The last time that it was so, at `nowMs` or before. */
export function lastTimeOfDay(minuteOfDay: number, nowMs: number): number {
  const today = dayOf(nowMs) * DAY_MS + minuteOfDay * MINUTE_MS;
  return today <= nowMs ? today : today - DAY_MS;
}

/** After `nowMs`. */
export function nextTimeOfDay(minuteOfDay: number, nowMs: number): number {
  return lastTimeOfDay(minuteOfDay, nowMs) + DAY_MS;
}
