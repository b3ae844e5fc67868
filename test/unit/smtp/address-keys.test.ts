import { describe, expect, test } from 'vitest';
import { isMailbox, parseMailbox, type Mailbox } from '../../../src/smtp/address.ts';
import {
  authorizationKey,
  authorizationKeyOf,
  readSuppressionKey,
  suppressionKey,
  suppressionKeyOf,
} from '../../../src/smtp/address-keys.ts';

function mailbox(text: string): Mailbox {
  const parsed = parseMailbox(text);
  if (!isMailbox(parsed)) throw new Error(`${text}: ${parsed.problem}`);
  return parsed;
}

/** What both keys make equal. */
const SAME: readonly (readonly [string, ...string[]])[] = [
  ['ann.o@example.org', 'Ann.O@Example.ORG', '"Ann.O"@example.org', String.raw`"\A\n\n\.o"@example.org`],
  ['"a b"@example.org', '"A b"@example.org', String.raw`"a\ b"@EXAMPLE.org`],
  ['"a@b"@example.org', String.raw`"a\@b"@example.org`],
  [String.raw`"a\"\\b"@example.org`, String.raw`"\a\"\\\b"@example.org`],
  ['""@example.org'],
  ['"a..b"@example.org', String.raw`"a\..b"@example.org`],
  [
    'ann@xn--mller-kva.example',
    'ann@müller.example',
    'ann@MU\u0308LLER。EXAMPLE',
    'ANN@XN--MLLER-KVA.example',
  ],
  ['ann@[IPv6:2001:db8::1]', 'Ann@[ipv6:2001:DB8:0:0::1]'],
];

/** What the suppression key alone makes equal; the first is the key. */
const SAME_SUPPRESSED: readonly (readonly [string, ...string[]])[] = [
  [
    'stop@r.test',
    'ｓtop@r.test',
    '"ＳＴＯＰ"@r.test',
    'ſtop@r.test',
    'st\u00adop@r.test',
    'sto\u200dp@r.test',
  ],
  ['kate@r.test', '\u212aate@r.test', 'ⓚate@r.test'],
  ['strasse@r.test', 'straße@r.test', 'STRAẞE@r.test', 'STRASSE@r.test'],
  ['istanbul@r.test', 'İstanbul@r.test', 'ıstanbul@r.test', 'ISTANBUL@r.test', 'i\u0307stanbul@r.test'],
  ['οδυσσευσ@r.test', 'Οδυσσεύς@r.test'.replace('ύ', 'υ'), 'ΟΔΥΣΣΕΥΣ@r.test'],
  ['änn@r.test', 'ÄNN@r.test', 'a\u0308nn@r.test'],
  ['ann@r.test', 'a\ufe0fnn@r.test', '\u200bann@r.test'],
  ['office@r.test', 'oﬃce@r.test'],
  // What folds to characters that need quotes gets them.
  ['"a@b"@r.test', 'a＠b@r.test'],
  [String.raw`"a\"b"@r.test`, 'a＂b@r.test'],
  ['"a..b"@r.test', 'a‥b@r.test'],
  ['""@r.test', '\u00ad@r.test'],
];

/** Other mailboxes to both keys. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['ann@r.test', 'ann+tag@r.test'],
  ['ann.o@r.test', 'anno@r.test'],
  ['"a@b"@c.d', 'a@b.c.d'],
  ['"ann "@r.test', 'ann@r.test'],
  [String.raw`"a\\b"@r.test`, '"ab"@r.test'],
  ['a%b@r.test', '"a@b"@r.test'],
  ['аnn@r.test', 'ann@r.test'], // Cyrillic a
  ['ann@faß.example', 'ann@fass.example'],
];

describe('the authorization key', () => {
  test.each(SAME)('%s is that of its spellings', (key, ...spellings) => {
    for (const spelling of [key, ...spellings]) expect(authorizationKey(mailbox(spelling))).toBe(key);
  });

  test.each([...SAME_SUPPRESSED.map(([key, spelling]) => [key, spelling ?? ''] as const), ...OTHERS])(
    '%s is not that of %s',
    (one, other) => {
      expect(authorizationKey(mailbox(one))).not.toBe(authorizationKey(mailbox(other)));
    },
  );

  test('beyond ASCII, case counts', () => {
    expect(authorizationKey(mailbox('ÄNN@r.test'))).toBe('Änn@r.test');
  });
});

describe('the suppression key', () => {
  test.each([...SAME, ...SAME_SUPPRESSED])('%s is that of its spellings', (key, ...spellings) => {
    for (const spelling of [key, ...spellings]) {
      expect(suppressionKey(mailbox(spelling))).toBe(key);
      expect(suppressionKeyOf(spelling)).toBe(key);
    }
  });

  test.each(OTHERS)('%s is not that of %s', (one, other) => {
    expect(suppressionKey(mailbox(one))).not.toBe(suppressionKey(mailbox(other)));
  });

  test('may be longer than an address, and is read again all the same', () => {
    const key = suppressionKey(mailbox(`${'\ufdfa'.repeat(21)}@r.test`));
    expect(isMailbox(parseMailbox(key))).toBe(false);
    expect(readSuppressionKey(key)).toBe(key);
    expect(suppressionKeyOf(key)).toBe(key);
  });

  test('grows from no character by more than its bound allows for', () => {
    // Planes 0 and 1; the ideographs of plane 2 that are others' compatibility forms.
    const codes = [
      ...Array(0x2_00_00).keys(),
      ...Array.from(Array(0x220).keys(), (code) => 0x2_f8_00 + code),
    ];
    for (const code of codes.slice(0x80)) {
      const character = String.fromCodePoint(code);
      const parsed = parseMailbox(`${character}@r.test`);
      if (!isMailbox(parsed)) continue;
      const key = suppressionKey(parsed);
      const octets = Buffer.byteLength(key.slice(0, key.lastIndexOf('@')).replace(/^"(.*)"$/s, '$1'));
      if (octets > 11 * Buffer.byteLength(character)) expect.fail(`U+${code.toString(16)}: ${octets} octets`);
      if (readSuppressionKey(key) !== key) expect.fail(`U+${code.toString(16)}: ${key} is not its own key`);
    }
  });
});

test('what is no address is its own key', () => {
  expect(suppressionKeyOf('No Address')).toBe('no address');
  expect(authorizationKeyOf('No Address')).toBe('No Address');
  expect(readSuppressionKey('nobody')).toEqual({ problem: expect.stringContaining('form') as string });
});
