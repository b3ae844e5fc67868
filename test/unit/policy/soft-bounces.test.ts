import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import {
  isLongEnough,
  isSoftBounce,
  longerRun,
  type SoftBounceRun,
} from '../../../src/policy/soft-bounces.ts';
import type { SuppressionFacts } from '../../../src/policy/suppression.ts';
import { parseReply } from '../../../src/smtp/reply.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
const rules = isBounceRules(parsed) ? parsed : [];
const DAY = 86_400_000;

function isSoft(text: string, changes: Partial<SuppressionFacts> = {}): boolean {
  const reply = parseReply(text);
  const classification = classify({ reply, stage: 'rcpt', text: '' }, rules);
  return isSoftBounce({ reply, stage: 'rcpt', sharedBy: 1, via: 'smtp', classification, ...changes });
}

describe('a soft bounce', () => {
  it.each([
    '552 5.2.2 Mailbox full',
    '452 4.2.2 The mailbox is over quota',
    '550 5.2.1 The mailbox is disabled',
  ])('is %s', (text) => {
    expect(isSoft(text)).toBe(true);
  });

  it.each([
    '550 5.1.1 User unknown',
    '550 5.7.1 Refused by policy',
    '451 4.7.1 Greylisted',
    '452 4.3.1 Insufficient system storage',
    '550 5.7.26 Unauthenticated mail',
    '421 4.7.0 Too many connections',
  ])('is not %s', (text) => {
    expect(isSoft(text)).toBe(false);
  });

  it.each([
    ['of a notification', { via: 'dsn' }],
    ['shared by several recipients', { sharedBy: 2 }],
    ['at MAIL', { stage: 'mail' }],
    ['without a reply', { reply: undefined }],
  ] satisfies [string, Partial<SuppressionFacts>][])('is not a full mailbox %s', (_name, changes) => {
    expect(isSoft('552 5.2.2 Mailbox full', changes)).toBe(false);
  });
});

describe('a run of soft bounces', () => {
  const rule = { messages: 3, spanMs: 7 * DAY };
  const after = (...days: readonly number[]): SoftBounceRun | undefined =>
    days.reduce<SoftBounceRun | undefined>((run, day) => longerRun(run, day * DAY), undefined);

  it.each([
    [[0], false],
    [[0, 7], false],
    [[0, 0.1, 0.2, 0.3], false],
    [[0, 1, 6.9], false],
    [[0, 1, 7], true],
    [[0, 7, 7], true],
    [[0, 1, 2, 3, 4, 5, 6, 7], true],
  ])('on days %j suppresses: %s', (days, suppresses) => {
    const run = after(...days);
    expect(run !== undefined && isLongEnough(run, rule)).toBe(suppresses);
  });

  it('goes on after it suppressed: the next one renews it', () => {
    const run = longerRun(after(0, 1, 7), 40 * DAY);
    expect(run).toEqual({ messages: 4, firstAtMs: 0, lastAtMs: 40 * DAY });
    expect(isLongEnough(run, rule)).toBe(true);
  });

  it('never suppresses where the rule is off', () => {
    expect(isLongEnough(longerRun(after(0, 7, 14), 21 * DAY), { messages: 0, spanMs: 0 })).toBe(false);
  });
});
