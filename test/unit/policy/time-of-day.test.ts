/** Times of day: what is one, and when it is next. */
import { describe, expect, it } from 'vitest';
import { lastTimeOfDay, nextTimeOfDay, parseTimeOfDay } from '../../../src/policy/time-of-day.ts';

describe('a time of day', () => {
  it.each([
    ['08:00', 480],
    ['8:00', 480],
    [' 00:00 ', 0],
    ['23:59', 1439],
  ])('reads %s', (text, minutes) => {
    expect(parseTimeOfDay(text)).toBe(minutes);
  });

  it.each(['24:00', '08:60', '8', '0800', '08:00:00', '8:0', 'noon', '', '-1:00'])('refuses %j', (text) => {
    expect(parseTimeOfDay(text)).toBeUndefined();
  });

  it('is next after now, and last at now', () => {
    const at = Date.UTC(2026, 10, 30, 8);
    expect(nextTimeOfDay(480, at - 1)).toBe(at);
    expect(nextTimeOfDay(480, at)).toBe(at + 86_400_000);
    expect(lastTimeOfDay(480, at)).toBe(at);
    expect(lastTimeOfDay(480, at - 1)).toBe(at - 86_400_000);
  });
});
