import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadBounceRules } from '../../../../src/config/bounce-rules.ts';
import { loadProviders } from '../../../../src/config/providers.ts';
import type { AttemptStage } from '../../../../src/policy/attempt-stage.ts';
import { classify } from '../../../../src/policy/classify.ts';
import { matchReply } from '../../../../src/policy/shaping/match-reply.ts';
import { parseShaping } from '../../../../src/policy/shaping/parse-shaping.ts';
import { makeReply } from '../../../../src/smtp/reply.ts';

const FILE = new URL('../../../../config/destinations.toml', import.meta.url);
const read = (file: string) => readFileSync(file, 'utf8');
const parsed = parseShaping(readFileSync(FILE, 'utf8'));
const replies = 'expected' in parsed ? [] : parsed.replies;
const rules = loadBounceRules(read);

function found(provider: string | undefined, text: string, stage: AttemptStage = 'rcpt') {
  const lines = text.split('\n').map((line) => line.slice(4));
  const reply = makeReply(Number(text.slice(0, 3)), lines);
  const { class: bounceClass } = classify({ reply, stage, text: '' }, rules);
  return matchReply(
    {
      ...{ mx: 'mx.r.test', provider, class: bounceClass, code: reply.code },
      ...{ status: reply.status, stage, text: reply.text },
    },
    replies,
  )?.id;
}

describe('the built-in reply rules', () => {
  test('name providers that there are', () => {
    const known = loadProviders(read).map(({ name }) => name);
    expect(replies.flatMap(({ match }) => match.providers).filter((name) => !known.includes(name))).toEqual(
      [],
    );
    expect(replies.length).toBeGreaterThan(10);
  });

  test.each([
    [
      'google-rate',
      'google',
      '421-4.7.28 [192.0.2.1 15] Our system has detected an unusual rate of\n421-4.7.28 unsolicited mail originating from your IP address. To protect our\n421 4.7.28 users from spam, mail has been temporarily rate limited.',
    ],
    [
      'google-try-again',
      'google',
      '421 4.7.0 Try again later, closing connection. (EHLO) 5si123456wrb.15 - gsmtp',
    ],
    [
      'microsoft-busy',
      'microsoft',
      '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719) [AM6EUR05FT012.eop-eur05.prod.protection.outlook.com]',
    ],
    [
      'microsoft-reputation-rate',
      'microsoft',
      '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)',
    ],
    [
      'microsoft-reputation-rate',
      'microsoft',
      "421 RP-001 (COL0) Unfortunately, some messages from 192.0.2.1 weren't sent. We have limits for how many messages can be sent per hour and per day.",
    ],
    [
      'microsoft-block',
      'microsoft',
      "451 4.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3150).",
    ],
    [
      'yahoo-deferred',
      'yahoo',
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
    ],
    ['yahoo-deferred', 'yahoo', '421 4.7.0 [TS02] Messages from 192.0.2.1 temporarily deferred - 4.16.56.1'],
    [
      'yahoo-permanently-deferred',
      'yahoo',
      '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.',
    ],
    [
      'comcast-rate',
      'comcast',
      '421 Try again later. Please see http://postmaster.comcast.net/smtp-error-codes.php#RL000001',
    ],
    ['orange-connections', 'orange', '421 mwinf5c04 Too many connections, slow down. OFR004_104 [104]'],
    [
      'gmx-rate',
      'gmx',
      '421-web.de (mxweb113) Nemesis ESMTP Service not available\n421-Service unavailable\n421 Too many messages have been received in a short period of time. Please try again in a few hours and reduce the sending rate.',
    ],
    [
      'qq-frequency',
      'qq',
      '550 Connection frequency limited [Blocked IP 192.0.2.22]. http://service.mail.qq.com/',
    ],
    ['netease-frequency', 'netease', '421 HL:IFC 163 smtp1'],
    ['too-many-connections', undefined, '421 4.7.0 mx.r.test Error: too many connections from 192.0.2.1'],
    [
      'too-many-connections',
      undefined,
      '421 4.3.2 VPOP3 Too many connections from your IP address - try later',
    ],
    ['too-many-connections', undefined, '421 4.7.0 Too many concurrent connections'],
    [
      'too-many-connections',
      undefined,
      '421 Too many concurrent SMTP connections from this IP address; please try again later.',
    ],
    ['too-many-connections', undefined, '421 4.4.5 Service unavailable, concurrency limit reached'],
    ['too-many-connections', undefined, '421 4.3.2 Connection rate limit exceeded.'],
    ['too-many-connections', undefined, '421 4.3.2 Too many open connections.'],
    ['too-many-connections', undefined, '421 You have exceeded the maximum number of concurrent connections'],
    ['rate-limited', undefined, '450 4.7.1 Error: too much mail from 192.0.2.1'],
    ['rate-limited', undefined, '450 4.7.0 mx: ratelimit, try again later'],
    ['rate-limited', undefined, '421 4.7.0 You are being rate limited, try again later'],
    ['rate-limited', undefined, '451 Throttled: 192.0.2.1 is sending too fast'],
  ])('%s is for %s: %s', (id, provider, text) => {
    expect(found(provider, text)).toBe(id);
  });

  test.each([
    [
      'one mailbox',
      'google',
      '450-4.2.1 The user you are trying to contact is receiving mail too quickly.\n450 4.2.1 Please resend your message at a later time.',
    ],
    [
      'a domain of a tenant',
      'google',
      '421-4.7.28 Our system has detected an unusual rate of unsolicited mail\n421 4.7.28 originating from your DKIM domain [example.org]',
    ],
    [
      'authentication',
      'google',
      "421-4.7.30 Your email has been rate limited because DKIM authentication didn't pass\n421 4.7.30 for this message.",
    ],
    ['greylisting', 'yahoo', '421 4.7.0 [GL01] Message from (192.0.2.1) temporarily deferred - 4.16.50'],
    [
      'one mailbox',
      'apple',
      '421 4.7.1 Messages to a@icloud.test deferred due to excessive volume. Try again later - https://support.apple.com/HT204137',
    ],
    [
      'greylisting',
      undefined,
      '450 4.2.0 <a@r.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/r.test.html',
    ],
    ['greylisting', undefined, '451 4.7.1 Greylisting in action, please come back in 00:05:00'],
    ['greylisting', undefined, '451 4.7.1 Try again later'],
    ['recipients', undefined, '452 4.5.3 Error: too many recipients'],
    ['a full mailbox', undefined, '452 4.2.2 The mailbox is full'],
    ['trouble of the server', undefined, '451 4.3.0 Temporary lookup failure'],
    ['a permanent refusal', undefined, '550 5.7.1 too many connections from your network, blocked'],
  ])('none is for %s (%s): %s', (_about, provider, text) => {
    expect(found(provider, text)).toBeUndefined();
  });

  test('none is for what the bounce rules call permanent', () => {
    const permanent = rules
      .flatMap(({ example }) => example)
      .filter((text) => /^5\d\d/.test(text) && !text.includes('requency limited'));
    expect(permanent.filter((text) => found(undefined, text) !== undefined)).toEqual([]);
  });
});

describe('an address that spells what rules look for', () => {
  const long = `too-many-connections.${'x'.repeat(80)}@example.org`;
  test.each([
    ['"too many connections from you"@example.org'],
    ['"we \\"throttled\\" and rate limited"@example.org'],
    ['rate-limited+throttling@example.org'],
    [long],
    [`rate-limited.${'x'.repeat(80)}@example.org`],
    ['"[tss04] will be permanently deferred"@example.org'],
  ])('limits nobody: %s', (address) => {
    for (const provider of [undefined, 'google', 'microsoft', 'yahoo', 'qq', 'netease'])
      for (const text of [
        `450 4.2.0 <${address}>: Recipient address rejected: Greylisted`,
        `452 4.2.2 ${address} is over quota`,
        `451 4.3.0 Temporary lookup failure for '${address}'`,
      ])
        expect(found(provider, text)).toBeUndefined();
  });
});
