import { domainToASCII } from 'node:url';
import { expect, test } from 'vitest';
import { isMailbox, needsSmtpUtf8, normalizeDomain, parseMailbox } from '../../../src/smtp/address.ts';
import { seededRandom } from '../../support/seeded-random.ts';

test.each([
  ['ann@example.org', 'ann', 'example.org'],
  ['Ann.O+tag@EXAMPLE.org', 'Ann.O+tag', 'example.org'],
  ['"a b"@example.org', '"a b"', 'example.org'],
  ['"at@sign"@example.org', '"at@sign"', 'example.org'],
  ['ann@müller.example', 'ann', 'xn--mller-kva.example'],
  ['ann@XN--MLLER-KVA.example', 'ann', 'xn--mller-kva.example'],
  ['用户@例子.example', '用户', 'xn--fsqu00a.example'],
  ['ann@[192.0.2.1]', 'ann', '[192.0.2.1]'],
  ['ann@[IPv6:2001:DB8::1]', 'ann', '[IPv6:2001:db8::1]'],
  ['ann@[ipv6:2001:0db8:0:0:0::0.0.0.1]', 'ann', '[IPv6:2001:db8::1]'],
  ['ann@example.org.', 'ann', 'example.org'],
  ['ann@MÜLLER.example.', 'ann', 'xn--mller-kva.example'],
  [`${'a'.repeat(80)}@example.org`, 'a'.repeat(80), 'example.org'],
  [`${'a'.repeat(242)}@example.org`, 'a'.repeat(242), 'example.org'],
  ['a..b@docomo.ne.jp', 'a..b', 'docomo.ne.jp'],
  ['end.@EZWEB.ne.jp', 'end.', 'ezweb.ne.jp'],
  ['a...b..@au.com.', 'a...b..', 'au.com'],
  ['"a..b"@docomo.ne.jp', '"a..b"', 'docomo.ne.jp'],
  ['under_score@_dmarc.example', 'under_score', '_dmarc.example'],
])('reads %s', (text, localPart, domain) => {
  expect(parseMailbox(text)).toEqual({ localPart, domain });
});

test.each([
  '',
  'ann',
  '@example.org',
  'ann@',
  'a b@example.org',
  '.ann@example.org',
  'ann.@example.org',
  'a..b@example.org',
  '"open@example.org',
  'ann\r\nRCPT TO:<x>@example.org',
  'ann@[IPv6:fe80::1%eth0]',
  // Ends of words and lines to readers that go by Unicode; half a surrogate has no UTF-8.
  'a\u0085b@example.org',
  'a\u00a0b@example.org',
  'a\u2028b@example.org',
  '"a\u2028b"@example.org',
  'a\ud800@example.org',
  'ann@example..org',
  'ann@-example.org',
  'ann@exa mple.org',
  'ann@exa%41mple.org',
  'ann@192.0.2.1',
  'ann@[300.0.2.1]',
  'ann@[not an address]',
  `${'a'.repeat(243)}@example.org`,
  `${'é'.repeat(122)}@example.org`,
  'ann@example.org..',
  'ann@.',
  'ann@[192.0.2.1].',
  '.a@docomo.ne.jp',
  '..@docomo.ne.jp',
  'a..b c@docomo.ne.jp',
  'a..b@mail.docomo.ne.jp',
  `ann@${'a'.repeat(64)}.example`,
  `ann@${'abcdefgh.'.repeat(32)}example`,
])('refuses %j', (text) => {
  expect(isMailbox(parseMailbox(text))).toBe(false);
});

test('only a local part beyond ASCII needs SMTPUTF8', () => {
  for (const [text, needs] of [
    ['ann@müller.example', false],
    ['用户@example.org', true],
  ] as const) {
    const mailbox = parseMailbox(text);
    expect(isMailbox(mailbox) && needsSmtpUtf8(mailbox)).toBe(needs);
  }
});

test('the quick way for plain domains says what the URL standard says', () => {
  const random = seededRandom(7);
  const alphabet = 'abz019-_.xnA';
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + Math.floor(random.float() * 14);
    const text = Array.from({ length }, () =>
      alphabet.charAt(Math.floor(random.float() * alphabet.length)),
    ).join('');
    const domain = normalizeDomain(text);
    if (domain !== undefined) expect(domain).toBe(domainToASCII(text).toLowerCase().replace(/\.$/, ''));
  }
});
