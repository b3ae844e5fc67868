import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classify } from '../../../../src/policy/classify.ts';
import type { AttemptStage } from '../../../../src/policy/attempt-stage.ts';
import { refusedWay, relayFailure } from '../../../../src/policy/egress/refused-way.ts';
import { isBounceRules, parseBounceRules } from '../../../../src/policy/bounce-rules.ts';

const parsed = parseBounceRules(
  readFileSync(new URL('../../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);
if (!isBounceRules(parsed)) throw new Error(parsed.expected);
const shippedRules = parsed;

function cause(relay: boolean, code: number, status: string | undefined, text: string, stage: AttemptStage) {
  const reply = { code, status, text };
  const { class: found } = classify({ reply, stage, text: '' }, shippedRules);
  return refusedWay({ reply, stage, class: found, relay });
}

describe('a remote that refuses our address', () => {
  test.each<[number, string | undefined, string, AttemptStage]>([
    [554, '5.7.1', 'Service unavailable; client host [192.0.2.9] blocked using zen.spamhaus.org', 'rcpt'],
    [550, '5.7.1', 'Your IP address 192.0.2.9 has been blocked by our policy', 'mail'],
    [
      554,
      undefined,
      "Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
      'greeting',
    ],
    [421, '4.7.0', 'This IP has sent too much unsolicited mail and is listed in our blocklist', 'greeting'],
    [
      550,
      '5.7.1',
      "Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
      'mail',
    ],
    [
      421,
      '4.7.0',
      '[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
      'mail',
    ],
    [554, undefined, 'IP=192.0.2.254 - A problem occurred. (Ask your postmaster for help) (BL)', 'greeting'],
    [554, undefined, 'IMP 192.0.2.1 blocked CXBL', 'greeting'],
    [
      550,
      '5.7.1',
      '[192.0.2.22 18] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address.',
      'final',
    ],
  ])('%i %s %s at %s', (code, status, text, stage) => {
    expect(cause(false, code, status, text, stage)).toBe('blocked');
  });

  test.each<[number, string | undefined, string, AttemptStage]>([
    [550, '5.1.1', 'user unknown', 'rcpt'],
    [452, '4.2.2', 'mailbox full', 'rcpt'],
    [451, '4.7.1', 'greylisted, try again later', 'rcpt'],
    [550, '5.7.1', 'this mailbox takes mail from members only', 'rcpt'],
    [550, '5.7.1', 'message content rejected as spam', 'final'],
    [250, '2.0.0', 'taken, although your IP is listed', 'rcpt'],
    [
      550,
      '5.7.1',
      'Service unavailable; Sender address [a@shop.test] blocked using dbl.spamhaus.org',
      'rcpt',
    ],
    [554, '5.7.1', 'Sender domain shop.test is blocked because of its poor reputation', 'mail'],
    [
      421,
      '4.7.0',
      '[192.0.2.22 19] Our system has detected that this message is suspicious due to the very low reputation of the sending domain.',
      'final',
    ],
    [550, '5.7.1', 'message rejected: it has a link that is listed by surbl', 'rcpt'],
    [421, '4.7.28', 'Our system has detected an unusual rate of unsolicited mail', 'final'],
    [550, '5.7.26', 'This mail has been blocked because the sender is unauthenticated', 'final'],
  ])('says nothing of it with %i %s %s at %s', (code, status, text, stage) => {
    expect(cause(false, code, status, text, stage)).toBeUndefined();
  });
});

describe('a smart host that does not relay for us', () => {
  test.each<[number, string | undefined, string, AttemptStage]>([
    [530, '5.7.0', 'Authentication required', 'mail'],
    [535, '5.7.8', 'credentials invalid', 'mail'],
    [550, '5.7.0', 'SMTP AUTH is required', 'rcpt'],
    [554, '5.7.0', 'login first', 'rcpt'],
    [554, '5.7.1', '<b@one.test>: Relay access denied', 'rcpt'],
    [550, undefined, 'relaying denied', 'rcpt'],
    [550, '5.7.1', 'Unable to relay for b@one.test', 'rcpt'],
  ])('%i %s %s at %s', (code, status, text, stage) => {
    expect(cause(true, code, status, text, stage)).toBe('unreachable');
  });

  test.each<[number, string | undefined, string, AttemptStage]>([
    [550, '5.1.1', 'user unknown', 'rcpt'],
    [552, '5.3.4', 'message too big', 'mail'],
    [550, '5.7.0', 'Message rejected by a rule of its author or ours', 'rcpt'],
    [550, '5.7.1', 'rejected as spam', 'final'],
    [451, '4.3.0', 'try later', 'mail'],
  ])('speaks of the message with %i %s %s at %s', (code, status, text, stage) => {
    expect(cause(true, code, status, text, stage)).toBeUndefined();
  });
});

test('a smart host that comes to no transaction is told apart from one that refuses our login', () => {
  expect(relayFailure('connect')).toBe('local-relay');
  expect(relayFailure('greeting')).toBe('local-relay');
  expect(relayFailure('starttls')).toBe('local-relay');
  expect(relayFailure('auth')).toBe('local-relay-login');
});
