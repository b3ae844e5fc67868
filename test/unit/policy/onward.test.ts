import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AttemptStage } from '../../../src/policy/attempt-stage.ts';
import { isBounceRules, parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import { classify } from '../../../src/policy/classify.ts';
import { isOutOfStep, onward } from '../../../src/policy/onward.ts';
import { parseReply, type Reply } from '../../../src/smtp/reply.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
if (!isBounceRules(parsed)) throw new Error(parsed.expected);
const rules = parsed;

type Stage = Extract<AttemptStage, 'mail' | 'rcpt' | 'data' | 'final'>;

function replyOf(text: string): Reply {
  const reply = parseReply(text);
  if (reply === undefined) throw new Error(text);
  return reply;
}

function onwardOf(stage: Stage, text: string, mayRenew: boolean) {
  const reply = replyOf(text);
  const classification = classify({ reply, stage, text: '' }, rules);
  return onward({ result: { kind: 'replied', reply, stage, sharedBy: 1 }, classification, mayRenew });
}

describe('a reply on a new session', () => {
  it.each<[Stage, string]>([
    ['mail', '451 4.3.0 try again later'],
    ['mail', '452 4.3.1 insufficient system storage'],
    ['mail', '452 out of disk'],
    ['mail', '421 4.3.2 shutting down'],
    ['mail', '451 local error in processing'],
    ['rcpt', '451 4.3.0 <a@b.test>: Temporary lookup failure'],
    ['rcpt', '451 Temporary local problem - please try later'],
    ['rcpt', '451 4.4.3 name server does not answer'],
    ['rcpt', '452 4.3.1 disk full'],
    ['data', '451 4.3.5 wrongly configured'],
    ['data', '452 no space'],
    ['mail', '552 5.3.4 message size exceeds fixed limit'],
    ['mail', '552 message size exceeds fixed maximum message size'],
    ['mail', '553 5.6.7 SMTPUTF8 is not supported'],
    ['mail', '454 4.7.0 TLS not available due to local problem'],
    ['data', '454 TLS is out of order'],
    ['mail', '530 5.7.0 Must issue a STARTTLS command first'],
    ['mail', '550 5.7.10 encryption needed'],
    ['mail', '555 5.5.4 unsupported option: SIZE'],
    ['rcpt', '503 5.5.1 need MAIL'],
    ['mail', '521 5.3.2 this host takes no mail'],
  ])('%s %s speaks of the host', (stage, text) => {
    expect(onwardOf(stage, text, false)).toBe('next-host');
  });

  it.each<[Stage, string]>([
    ['rcpt', '451 4.7.1 Greylisting in action, please come back later'],
    ['rcpt', '450 4.7.1 <a@b.test>: Recipient address rejected: Greylisted'],
    ['rcpt', '451 Greylisted, please try again in 300 seconds'],
    ['rcpt', '450 4.2.0 mailbox busy'],
    ['rcpt', '450 mailbox unavailable'],
    ['rcpt', '452 4.2.2 mailbox full'],
    ['rcpt', '452 4.2.2 The email account that you tried to reach is over quota'],
    ['rcpt', '452 4.5.3 too many recipients'],
    ['rcpt', '452 4.1.1 unverified address'],
    ['mail', '421 4.7.0 too many connections from your IP'],
    ['mail', '421 4.7.28 unusual rate of unsolicited mail'],
    ['mail', '450 4.7.1 rate limit exceeded, slow down'],
    ['mail', '451 4.7.1 sender is listed'],
    ['mail', '550 5.7.1 rejected by policy'],
    ['rcpt', '550 5.1.1 no such user'],
    ['rcpt', '550 no such user'],
    ['rcpt', '550 5.7.1 relaying denied'],
    ['rcpt', '501 5.1.3 bad recipient address'],
    ['rcpt', '552 5.2.2 mailbox full'],
    ['rcpt', '552 5.2.3 too long for this mailbox'],
    ['data', '554 5.6.0 malformed'],
    ['final', '451 4.3.0 try again later'],
    ['final', '452 4.3.1 disk full'],
    ['final', '552 5.3.4 too big'],
    ['final', '550 5.7.1 spam'],
    ['mail', '500 5.5.2 what?'],
  ])('%s %s does not', (stage, text) => {
    expect(onwardOf(stage, text, false)).toBeUndefined();
  });
});

describe('a reply on a session that was used before', () => {
  it.each<[Stage, string]>([
    ['mail', '503 5.5.1 nested MAIL command'],
    ['mail', '503 EHLO first'],
    ['rcpt', '503 5.5.1 need MAIL before RCPT'],
    ['data', '503 5.5.1 need RCPT'],
    ['mail', '500 5.5.1 command unrecognized'],
    ['mail', '502 5.5.1 not implemented'],
    ['rcpt', '501 syntax error'],
    ['mail', '530 5.7.0 Must issue a STARTTLS command first'],
    ['mail', '550 5.7.0 too many messages on this connection'],
    ['mail', '450 4.7.0 too many messages in this session'],
    ['mail', '452 4.3.2 Too many mails per connection'],
  ])('%s %s asks for a new one', (stage, text) => {
    expect(onwardOf(stage, text, true)).toBe('new-session');
  });

  it.each<[Stage, string]>([
    ['rcpt', '501 5.1.3 bad recipient address syntax'],
    ['rcpt', '503 5.1.1 no such user'],
    ['rcpt', '550 5.1.1 no such user'],
    ['mail', '550 5.7.1 rejected by policy'],
    ['mail', '450 4.7.1 rate limit exceeded'],
    ['final', '503 5.5.1 what?'],
  ])('%s %s does not', (stage, text) => {
    expect(onwardOf(stage, text, true)).not.toBe('new-session');
  });
});

describe('what was found out here', () => {
  it.each([
    ['5.3.4', 'next-host'],
    ['5.6.7', 'next-host'],
    ['5.7.10', 'next-host'],
    ['5.7.30', 'next-host'],
    ['5.1.3', undefined],
    ['5.1.7', undefined],
    ['4.3.0', undefined],
  ])('%s: %s', (status, expected) => {
    const result = { kind: 'unsendable', status, text: '' } as const;
    expect(onward({ result, classification: undefined, mayRenew: true })).toBe(expected);
  });

  it('a connection that ends before the final dot is the host, after it nothing is certain', () => {
    const lost = { kind: 'lost', stage: 'data', text: '', reply: undefined } as const;
    const facts = { classification: undefined, mayRenew: true };
    expect(onward({ ...facts, result: { ...lost, afterFinalDot: false } })).toBe('next-host');
    expect(onward({ ...facts, result: { ...lost, afterFinalDot: true } })).toBeUndefined();
  });
});

it('a 503 is out of step unless its status speaks of something else', () => {
  expect(isOutOfStep(replyOf('503 5.5.1 bad sequence'))).toBe(true);
  expect(isOutOfStep(replyOf('503 bad sequence'))).toBe(true);
  expect(isOutOfStep(replyOf('503 5.7.1 go away'))).toBe(false);
  expect(isOutOfStep(replyOf('502 5.5.1 what'))).toBe(false);
});
