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
  ])('says nothing of it with %i %s %s at %s', (code, status, text, stage) => {
    expect(cause(false, code, status, text, stage)).toBeUndefined();
  });
});

describe('a smart host that does not relay for us', () => {
  test.each<[number, string | undefined, string, AttemptStage]>([
    [530, '5.7.0', 'Authentication required', 'mail'],
    [535, '5.7.8', 'credentials invalid', 'mail'],
    [554, '5.7.1', '<b@one.test>: Relay access denied', 'rcpt'],
    [550, undefined, 'relaying denied', 'rcpt'],
    [550, '5.7.1', 'Unable to relay for b@one.test', 'rcpt'],
  ])('%i %s %s at %s', (code, status, text, stage) => {
    expect(cause(true, code, status, text, stage)).toBe('unreachable');
  });

  test.each<[number, string | undefined, string, AttemptStage]>([
    [550, '5.1.1', 'user unknown', 'rcpt'],
    [552, '5.3.4', 'message too big', 'mail'],
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
