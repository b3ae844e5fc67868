import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadBounceRules } from '../../../../src/config/bounce-rules.ts';
import { LONGEST_RETRY_AFTER_MS, retryAfterMs } from '../../../../src/policy/shaping/retry-after.ts';

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

/** What servers print; names and addresses are made up. */
const SAID: readonly [string, number][] = [
  [
    'Recipient address rejected: Greylisted for 300 seconds (see http://isg.ee.ethz.ch/tools/postgrey/help/a.test.html)',
    300 * S,
  ],
  ['<a@b.test>: Recipient address rejected: Greylisted, try again in 300 seconds', 300 * S],
  ['Greylisting in action, please come back in 00:05:00', 5 * MIN],
  ['Greylisting in action, please come back in 01:00:00 from the same address', H],
  ['Greylisted for 5 minutes', 5 * MIN],
  ['You are greylisted for 299 s', 299 * S],
  ['gray-listed for another 12 minutes', 12 * MIN],
  ['Greylisting temporarily for 60 s', 60 * S],
  ['Temporarily deferred. Try again in 5 minutes', 5 * MIN],
  ['Too many connections, please try again in one minute', MIN],
  ['Please retry after 5 minutes.', 5 * MIN],
  ['please retry your message after 15 min', 15 * MIN],
  ['Throttled, wait 1 hour', H],
  ['please wait at least 300 seconds before you try again', 300 * S],
  ['You have to wait for 20 minutes', 20 * MIN],
  ['Too many messages from this address. Retry in 7m32s', 7 * MIN + 32 * S],
  ['try again in 1h30m', 90 * MIN],
  ['try again in 2 minutes and 30 seconds', 150 * S],
  ['try again later in about 10 minutes', 10 * MIN],
  ['Rate limit exceeded; retry-after: 120', 120 * S],
  ['Rate limit exceeded. Retry-After=90 seconds', 90 * S],
  ['deferred for 10 minutes, policy', 10 * MIN],
  ['Your address is blocked for the next 2 hours', 2 * H],
  ['limit reached, resets in 30 minutes', 30 * MIN],
  ['try again\nin 60 seconds', MIN],
  ['Try again in (45 seconds)', 45 * S],
  ['TRY AGAIN IN AN HOUR', H],
  ['do not try again for 5 minutes', 5 * MIN],
  ['try again in 24 hours', LONGEST_RETRY_AFTER_MS],
  ['come back in 3 days', LONGEST_RETRY_AFTER_MS],
];

/** Figures that are none. */
const NOT_SAID: readonly string[] = [
  '4.7.0 Try again later',
  'Server busy. Please try again later from [192.0.2.1]. (S77719) [AM6EUR05FT012.eop-eur05.prod.protection.outlook.com]',
  'Our system has detected an unusual rate of mail from your address 192.0.2.15. Try again later. 5si123456wrb.15',
  'Too many messages: 100 messages per 1 hour, try again later',
  'You exceeded your limit of 500 messages in 60 minutes',
  'too many mails sent in 10 minutes',
  'idle timeout: no command for 300 seconds',
  'timeout waiting for client input for 60 seconds',
  'connection from 192.0.2.1:587 refused, try again later; ticket 300',
  'Please try again. We have limits for how many messages can be sent per hour and per day.',
  'Greylisted, see http://postgrey.schweikert.ch/help/example.com.html',
  'retry after the delivery of message 300',
  'try again at 10:15:00',
  'Message size 5m exceeds the limit, retry with less',
  'Requested action aborted: try again later (4.16.55.1)',
  'wait. 300 messages are in front of you',
  'try again in 0 seconds',
  'try again in 300',
  'We tried for five days to deliver it',
];

const RULES = loadBounceRules((file) => readFileSync(file, 'utf8'));

describe('retryAfterMs', () => {
  test('finds no time in the replies that the bounce rules are for, which name none', () => {
    const found = RULES.flatMap(({ example }) => example).filter((text) => retryAfterMs(text) !== undefined);
    expect(found).toEqual([]);
  });

  test.each(SAID)('reads %s', (text, waitMs) => {
    expect(retryAfterMs(text)).toBe(waitMs);
  });

  test.each(NOT_SAID)('takes no other figure for a time: %s', (text) => {
    expect(retryAfterMs(text)).toBeUndefined();
  });

  test('obeys four hours at most, and reads no more of a text than is kept of it', () => {
    expect(retryAfterMs('try again in 999999 hours')).toBe(LONGEST_RETRY_AFTER_MS);
    expect(retryAfterMs(`${'x'.repeat(1_000)} try again in 5 minutes`)).toBeUndefined();
  });

  test('long texts of a stranger cost next to nothing', () => {
    for (const one of ['again ', 'try again in ', 'retry 1', 'wait for at least ', 'greylisted for 1 s and '])
      expect(() => retryAfterMs(one.repeat(1_000))).not.toThrow();
  });
});
