import { describe, expect, it } from 'vitest';
import { formatDurationMs, parseDurationMs, parseSizeBytes } from '../../../src/platform/duration.ts';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['4h', 14_400_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    [' 1s ', 1_000],
  ])('reads %j', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(['', '5', '5 m', '-5m', '5M', 'm', '5m5s', '1e3s', '.5h'])('does not take %j', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it('writes the shortest form that it reads back', () => {
    for (const durationMs of [0, 1, 999, 1_000, 90_000, 300_000, 5_400_000, 86_400_000, 90_061_000]) {
      expect(parseDurationMs(formatDurationMs(durationMs))).toBe(durationMs);
    }
    expect(formatDurationMs(172_800_000)).toBe('2d');
    expect(formatDurationMs(90_000)).toBe('90s');
  });
});

describe('sizes', () => {
  it.each([
    ['26214400', 26_214_400],
    ['25MiB', 26_214_400],
    ['4 KiB', 4_096],
    ['1GiB', 1_073_741_824],
  ])('reads %j', (text, expected) => {
    expect(parseSizeBytes(text)).toBe(expected);
  });

  it.each(['', '25MB', '1.5KiB', '-1', 'MiB'])('does not take %j', (text) => {
    expect(parseSizeBytes(text)).toBeUndefined();
  });
});
