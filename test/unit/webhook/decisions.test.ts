/** What an answer means, when an event is told again, when a receiver is left alone: pure decisions. */
import { describe, expect, test } from 'vitest';
import {
  JITTER,
  nextTry,
  probePauseMs,
  RETRY_SPAN_MS,
  RETRY_WAITS_MS,
} from '../../../src/webhook/back-off.ts';
import { Receiver } from '../../../src/webhook/receiver.ts';
import { judge, LONGEST_RETRY_AFTER_MS, retryAfterMs, type Verdict } from '../../../src/webhook/response.ts';
import { excerptOf } from '../../../src/webhook/excerpt.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 24, 6, 0, 0);

function answered(statusCode: number, fields: { retryAfter?: string; location?: string } = {}): Verdict {
  const { retryAfter, location } = fields;
  return judge({ kind: 'answered', statusCode, retryAfter, location, excerpt: undefined }, NOW);
}

describe('an answer', () => {
  test.each([200, 201, 202, 204, 299])('%i: it arrived', (code) => {
    expect(answered(code)).toEqual({ kind: 'delivered' });
  });

  test.each([100, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503])('%i: it is told again', (code) => {
    expect(answered(code)).toMatchObject({ kind: 'failed', error: `answered ${code}` });
  });

  test('410: the receiver wants no more', () => {
    expect(answered(410).kind).toBe('gone');
  });

  test.each([301, 302, 303, 307, 308])('%i: not followed, and only the origin is told on', (code) => {
    expect(answered(code, { location: 'https://b.example/secret?token=1' })).toMatchObject({
      kind: 'failed',
      error: `answered ${code}: redirects to https://b.example are not followed, give the final address`,
    });
    expect(answered(code, { location: '/x' })).toMatchObject({
      error: expect.stringContaining('another path') as string,
    });
  });

  test('Retry-After counts for the event, after 429 and 503 for the whole receiver', () => {
    const untilMs = NOW + 120_000;
    expect(answered(429, { retryAfter: '120' })).toMatchObject({
      notBeforeMs: untilMs,
      pausesUntilMs: untilMs,
    });
    expect(answered(503, { retryAfter: '120' })).toMatchObject({
      notBeforeMs: untilMs,
      pausesUntilMs: untilMs,
    });
    expect(answered(500, { retryAfter: '120' })).toMatchObject({
      notBeforeMs: untilMs,
      pausesUntilMs: undefined,
    });
  });

  test.each([
    ['90', NOW + 90_000],
    [' 90 ', NOW + 90_000],
    ['Tue, 24 Nov 2026 06:10:00 GMT', NOW + 600_000],
    ['99999999', NOW + LONGEST_RETRY_AFTER_MS],
    ['Tue, 24 Nov 2026 05:00:00 GMT', undefined],
    ['0', undefined],
    ['-5', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('Retry-After: %s', (field, expected) => {
    expect(retryAfterMs(field, NOW)).toBe(expected);
  });
});

describe('the next try', () => {
  test('waits grow, and last a day and a half together', () => {
    expect([...RETRY_WAITS_MS]).toEqual([...RETRY_WAITS_MS].sort((a, b) => a - b));
    const total = RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0);
    expect(total / HOUR_MS).toBeGreaterThan(35);
    expect(total / HOUR_MS).toBeLessThan(37);
  });

  test.each(RETRY_WAITS_MS.map((waitMs, index) => [index + 1, waitMs] as const))(
    'after %i tries it differs by chance around %i ms',
    (attempts, waitMs) => {
      const at = (random: number) => {
        const next = nextTry({ attempts, firstAttemptAtMs: NOW, nowMs: NOW, notBeforeMs: undefined, random });
        return next.kind === 'retry' ? next.atMs - NOW : undefined;
      };
      expect(at(0)).toBe(Math.round(waitMs * (1 - JITTER)));
      expect(at(0.5)).toBe(waitMs);
      expect(at(0.999999)).toBeLessThanOrEqual(Math.round(waitMs * (1 + JITTER)));
    },
  );

  test('ends after the last wait, or a day and a half', () => {
    const failed = { firstAttemptAtMs: NOW, nowMs: NOW, notBeforeMs: undefined, random: 0.5 };
    expect(nextTry({ ...failed, attempts: RETRY_WAITS_MS.length + 1 })).toEqual({ kind: 'given-up' });
    expect(nextTry({ ...failed, attempts: 2, nowMs: NOW + RETRY_SPAN_MS })).toEqual({ kind: 'given-up' });
    expect(nextTry({ ...failed, attempts: 1, notBeforeMs: NOW + HOUR_MS })).toEqual({
      kind: 'retry',
      atMs: NOW + HOUR_MS,
    });
  });

  test('a receiver that is down is probed ever less often, at least every five minutes', () => {
    const pauses = [5, 6, 7, 8, 20, 1_000].map(probePauseMs);
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 300_000, 300_000]);
  });
});

describe('a receiver', () => {
  const failed: Verdict = {
    kind: 'failed',
    error: 'answered 500',
    notBeforeMs: undefined,
    pausesUntilMs: undefined,
  };
  const attemptResult = (verdict: Verdict, nowMs = NOW, parts: object = {}) => ({
    verdict,
    url: 'https://a.example/',
    attempts: 1,
    firstAttemptAtMs: nowMs,
    nowMs,
    random: 0.5,
    ...parts,
  });

  test('is down after five failures in a row, and back with the first success', () => {
    const receiver = new Receiver('https://a.example/', undefined);
    for (let count = 0; count < 5; count++) {
      expect(receiver.isDown).toBe(false);
      receiver.recordAttempt(attemptResult(failed));
    }
    expect([receiver.isDown, receiver.failingSinceMs]).toEqual([true, NOW]);
    receiver.recordAttempt(attemptResult({ kind: 'delivered' }, NOW + 5));
    expect([receiver.isDown, receiver.failingSinceMs, receiver.deliveredAtMs]).toEqual([
      false,
      undefined,
      NOW + 5,
    ]);
    expect([receiver.takeRecovered(), receiver.takeRecovered()]).toEqual([true, false]);
  });

  test('is paused when nothing arrived for a day and a half, or through all tries of one event', () => {
    const receiver = new Receiver('https://a.example/', NOW - RETRY_SPAN_MS + 1);
    receiver.recordAttempt(attemptResult(failed));
    expect(receiver.ends).toBeUndefined();
    receiver.recordAttempt(attemptResult(failed, NOW + 1));
    expect(receiver.ends).toMatchObject({ state: 'paused' });
    const other = new Receiver('https://a.example/', undefined);
    other.recordAttempt(attemptResult(failed));
    other.recordAttempt(attemptResult(failed, NOW + 35 * HOUR_MS, { attempts: 14, firstAttemptAtMs: NOW }));
    expect(other.ends).toMatchObject({
      state: 'paused',
      reason: expect.stringContaining('answered 500') as string,
    });
    // One event that it never takes is no reason while others arrive.
    const choosy = new Receiver('https://a.example/', undefined);
    choosy.recordAttempt(attemptResult(failed));
    choosy.recordAttempt(attemptResult({ kind: 'delivered' }));
    choosy.recordAttempt(attemptResult(failed, NOW + 35 * HOUR_MS, { attempts: 14, firstAttemptAtMs: NOW }));
    expect(choosy.ends).toBeUndefined();
  });

  test('what an address before answered is not held against the new one', () => {
    const receiver = new Receiver('https://a.example/', undefined);
    receiver.moveTo('https://b.example/');
    receiver.recordAttempt(attemptResult({ kind: 'gone', error: 'answered 410 Gone' }));
    expect([receiver.ends, receiver.isFailing]).toEqual([undefined, false]);
  });
});

describe('an excerpt', () => {
  const of = (text: string) => excerptOf(new TextEncoder().encode(text));
  test('is the first 500 characters of text, without control characters', () => {
    expect(of('x'.repeat(600))).toBe('x'.repeat(500));
    expect(Array.from(of('😀'.repeat(600)) ?? '')).toHaveLength(500);
    expect(of(' a\r\n\x1b[31mb\u202e ')).toBe('a [31mb');
    expect(of('')).toBeUndefined();
    expect(of('\r\n')).toBeUndefined();
  });

  test('is none of what is not text', () => {
    expect(excerptOf(Uint8Array.of(0xff, 0xfe, 0x00))).toBe('(not text)');
    expect(of('a\0b')).toBe('(not text)');
    // A character that the bound cuts in two is no fault of the receiver's.
    expect(excerptOf(new TextEncoder().encode('é'.repeat(2_000)).subarray(0, 1_999))).toBe('é'.repeat(500));
  });
});
