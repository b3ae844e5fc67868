import { describe, expect, test } from 'vitest';
import {
  FIRST_LIMIT_MS,
  LONGEST_LIMIT_MS,
  nextLimit,
  refused,
} from '../../../../src/policy/egress/source-limit.ts';

describe('a row of refusals', () => {
  const row = (...ids: readonly string[]) => {
    let now: ReturnType<typeof refused> | undefined;
    for (const messageId of ids) {
      if (now === 'limit') break;
      now = refused(now, { stage: 'rcpt', messageId });
    }
    return now;
  };

  test('takes the source out at the third message', () => {
    expect(row('a', 'b')).toEqual({ messages: ['a', 'b'] });
    expect(row('a', 'b', 'c')).toBe('limit');
  });

  test('counts a message with many recipients, or that is tried again, once', () => {
    expect(row('a', 'a', 'a', 'b', 'a')).toEqual({ messages: ['a', 'b'] });
  });

  test('takes it out at once where it is refused in the greeting', () => {
    expect(refused(undefined, { stage: 'greeting', messageId: 'a' })).toBe('limit');
    expect(refused(undefined, { stage: 'ehlo', messageId: 'a' })).toEqual({ messages: ['a'] });
  });
});

describe('the length of a limit', () => {
  test('is an hour, doubled each time, a day at most', () => {
    let last = nextLimit(undefined, 0);
    const lengths = [last.untilMs];
    for (let count = 0; count < 7; count++) {
      const nowMs = last.untilMs + 1;
      last = nextLimit(last, nowMs);
      lengths.push(last.untilMs - nowMs);
    }
    expect(lengths.map((ms) => ms / FIRST_LIMIT_MS)).toEqual([1, 2, 4, 8, 16, 24, 24, 24]);
  });

  test('is an hour again after a week without', () => {
    const later = 5 * LONGEST_LIMIT_MS;
    expect(nextLimit({ untilMs: 0, times: 6 }, later).times).toBe(7);
    expect(nextLimit({ untilMs: 0, times: 6 }, 7 * LONGEST_LIMIT_MS)).toEqual({
      untilMs: 7 * LONGEST_LIMIT_MS + FIRST_LIMIT_MS,
      times: 1,
    });
  });
});
