import { describe, expect, test } from 'vitest';
import { loadBounceRules } from '../../../../src/config/bounce-rules.ts';
import { readFileSync } from 'node:fs';
import type { AttemptStage } from '../../../../src/policy/attempt-stage.ts';
import { classify } from '../../../../src/policy/classify.ts';
import {
  FIRST_LIMIT_MS,
  LONGEST_LIMIT_MS,
  nextLimit,
  refused,
  refusesSource,
} from '../../../../src/policy/egress/source-limit.ts';
import type { Reply } from '../../../../src/smtp/reply.ts';

const RULES = loadBounceRules((file) => readFileSync(file, 'utf8'), undefined);

function refusesWith(code: number, status: string | undefined, text: string, stage: AttemptStage): boolean {
  const reply: Reply = { code, status, text };
  const found = classify({ reply, stage, text }, RULES);
  return refusesSource({ class: found.class, stage, text, addresses: ['198.51.100.7'] });
}

describe('a refusal of the source', () => {
  test.each<[number, string | undefined, string, AttemptStage]>([
    [550, '5.7.1', 'Service unavailable; Client host [198.51.100.7] blocked using Spamhaus', 'rcpt'],
    [
      554,
      undefined,
      'Your access to this mail system has been rejected due to the sending MTAs poor reputation',
      'greeting',
    ],
    [
      550,
      '5.7.1',
      'Unfortunately, messages from [198.51.100.7] weren’t sent. Please contact your Internet service provider since part of their network is on our block list (S3140).',
      'mail',
    ],
    [
      421,
      '4.7.0',
      '[TSS04] Messages from 198.51.100.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
      'mail',
    ],
    [
      554,
      undefined,
      'IP=198.51.100.7 - A problem occurred. Reject due to policy restrictions: your ip address is blocked',
      'greeting',
    ],
  ])('is %i %s %s at %s', (code, status, text, stage) => {
    expect(refusesWith(code, status, text, stage)).toBe(true);
  });

  test.each<[number, string | undefined, string, AttemptStage]>([
    [550, '5.1.1', 'no such user', 'rcpt'],
    [452, '4.2.2', 'mailbox full', 'rcpt'],
    [450, '4.2.0', 'Greylisted, try again in 5 minutes', 'rcpt'],
    [421, '4.7.28', 'Our system has detected an unusual rate of unsolicited mail', 'final'],
    [550, '5.7.26', 'This mail has been blocked because the sender is unauthenticated', 'final'],
    [550, '5.7.1', 'the message was rejected by a rule of this organisation', 'rcpt'],
    [554, '5.7.1', 'message content refused as spam', 'final'],
    [550, '5.7.1', 'Sender domain example.org is blocked because of its domain reputation', 'mail'],
  ])('is not %i %s %s at %s', (code, status, text, stage) => {
    expect(refusesWith(code, status, text, stage)).toBe(false);
  });
});

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
