import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import {
  isLongEnough,
  isReportedSoftBounce,
  isSoftBounce,
  longerRun,
  runAfterReport,
  type SoftBounceRun,
} from '../../../src/policy/soft-bounces.ts';
import type { ReportedFailure, SuppressionFacts } from '../../../src/policy/suppression.ts';
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
    '550 5.1.1 blocked using zen.spamhaus.org',
    '553 5.1.3 Sender address rejected',
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
    '450 4.1.1 blocked using zen.spamhaus.org',
  ])('is not %s', (text) => {
    expect(isSoft(text)).toBe(false);
  });

  it.each([
    ['of a notification', { via: 'dsn' }],
    ['shared by several recipients', { sharedBy: 2 }],
    ['at MAIL', { stage: 'mail' }],
    ['without a reply', { reply: undefined }],
    ['by a backup that cannot ask the primary', { primaryUnreachable: true }],
  ] satisfies [string, Partial<SuppressionFacts>][])('is not a full mailbox %s', (_name, changes) => {
    expect(isSoft('552 5.2.2 Mailbox full', changes)).toBe(false);
  });
});

describe('a soft bounce by report', () => {
  const isReported = (status: string, words: string, changes: Partial<ReportedFailure> = {}) => {
    const classification = classify({ reply: undefined, stage: undefined, text: words, status }, rules);
    const sent = { via: 'smtp', sameAddress: true, sharedBy: 1 } as const;
    const facts = { status, reply: undefined, stage: undefined, ...sent };
    return isReportedSoftBounce({ ...facts, classification, ...changes });
  };

  it('is a mailbox that is full or disabled, of the very address', () => {
    expect(isReported('5.2.2', 'Mailbox full')).toBe(true);
    expect(isReported('5.2.1', 'The mailbox is disabled')).toBe(true);
    expect(isReported('5.2.2', 'Mailbox full', { stage: 'final' })).toBe(true);
    expect(isReported('5.1.1', 'Host blocked using zen.spamhaus.org')).toBe(true);
    expect(isReported('5.2.2', 'Mailbox full', { sameAddress: false })).toBe(false);
    expect(isReported('5.2.2', 'Mailbox full', { sharedBy: 2 })).toBe(false);
    expect(isReported('5.2.2', 'Mailbox full', { via: 'dsn' })).toBe(false);
    expect(isReported('5.2.2', 'Mailbox full', { stage: 'mail' })).toBe(false);
  });

  it('is nothing else', () => {
    expect(isReported('5.1.1', 'User unknown')).toBe(false);
    expect(isReported('5.7.1', 'Mailbox full')).toBe(false);
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
    expect(run).toEqual({ messages: 4, firstAtMs: 0, lastAtMs: 40 * DAY, arrivals: 0 });
    expect(isLongEnough(run, rule)).toBe(true);
  });

  it('is lengthened by messages that seemed to arrive and came back', () => {
    let run = after(0, 1);
    for (const day of [3, 8]) run = runAfterReport(run && { ...run, arrivals: 1 }, day * DAY);
    expect(run).toEqual({ messages: 4, firstAtMs: 0, lastAtMs: 8 * DAY, arrivals: 0 });
    expect(run !== undefined && isLongEnough(run, rule)).toBe(true);
  });

  it('is over while a message that arrived has not come back', () => {
    const run = runAfterReport({ messages: 5, firstAtMs: 0, lastAtMs: DAY, arrivals: 2 }, 9 * DAY);
    expect(run).toEqual({ messages: 6, firstAtMs: 0, lastAtMs: 9 * DAY, arrivals: 1 });
    expect(isLongEnough(run, rule)).toBe(false);
    expect(longerRun(run, 10 * DAY)).toEqual({
      messages: 1,
      firstAtMs: 10 * DAY,
      lastAtMs: 10 * DAY,
      arrivals: 0,
    });
  });

  it('may begin with a report', () => {
    expect(runAfterReport(undefined, DAY)).toEqual({
      messages: 1,
      firstAtMs: DAY,
      lastAtMs: DAY,
      arrivals: 0,
    });
  });

  it('never suppresses where the rule is off', () => {
    expect(isLongEnough(longerRun(after(0, 7, 14), 21 * DAY), { messages: 0, spanMs: 0 })).toBe(false);
  });
});
