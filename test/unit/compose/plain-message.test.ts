/** The short way of composing makes the very octets of the long one. */
import { describe, expect, it } from 'vitest';
import { composeAny, composeMessage } from '../../../src/compose/compose-message.ts';
import { fieldValueProblem } from '../../../src/compose/custom-field.ts';
import type { Composition } from '../../../src/compose/composition.ts';
import { isNamedAddress, parseNamedAddress, type NamedAddress } from '../../../src/compose/named-address.ts';
import { composePlain } from '../../../src/compose/plain-message.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const BY = {
  messageId: 'msg_01jh000000abcdefghjkmnpqrs',
  hostname: 'relay.example.net',
  nowMs: Date.UTC(2026, 0, 5, 9, 0, 0),
};

function address(text: string): NamedAddress {
  const parsed = parseNamedAddress(text);
  if (!isNamedAddress(parsed)) throw new Error(`${text}: ${parsed.problem}`);
  return parsed;
}

/** Pieces of which names, values and texts are put together: plain ones, and those that look it. */
const ADDRESSES = [
  'a@example.org',
  'Ada <ada@example.org>',
  'Ada_L 2nd <ada.l+x@mail.example.org>',
  '"Ada, L." <ada@example.org>',
  'Müller <m@example.org>',
  'x@bücher.example',
  'jürgen@example.org',
  '"quoted one"@example.org',
  'a@[192.0.2.1]',
  `${'long'.repeat(15)}@${'sub.'.repeat(10)}example.org`,
];
const WORDS = [
  'hello',
  'x'.repeat(90),
  '=?utf-8?q?x?=',
  '=',
  'ü',
  '  ',
  ' a',
  'b ',
  '\t',
  '"',
  '(c)',
  'order 17',
  ',',
];
const PIECES = [
  'a line',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  'x'.repeat(76),
  'x'.repeat(77),
  'word '.repeat(16),
  ' ',
  '\t',
  '.',
  '..',
  'From me',
  '=3D',
  'ü',
  '\x7f',
  '\0',
  '',
  '-- ',
  '--=_x',
];
const NAMES = [
  'X-Campaign',
  'x-lower',
  'X-MIXED-Case',
  'References',
  'List-Unsubscribe',
  'In-Reply-To',
  'X-A',
];

describe('composePlain', () => {
  it('agrees with the composer on every message that it takes', () => {
    const random = seededRandom(20260105);
    const below = (count: number) => random.bytes(2).reduce((sum, octet) => sum * 256 + octet, 0) % count;
    const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;
    const some = <T>(most: number, make: () => T) => Array.from({ length: below(most + 1) }, make);
    let taken = 0;
    for (let round = 0; round < 6_000; round++) {
      const simple = below(2) === 0;
      const addresses = simple ? ADDRESSES.slice(0, 3) : ADDRESSES;
      const words = simple ? ['hello', 'order 17', 'of', 'x'.repeat(30)] : WORDS;
      const pieces = simple ? ['a line', '\n', 'x'.repeat(40), '\r\n', '.'] : PIECES;
      const value = () => some(simple ? 9 : 3, () => pick(words)).join(pick(['', ' ']));
      const composition: Composition = {
        from: address(pick(addresses)),
        to: some(simple ? 6 : 2, () => address(pick(addresses))),
        cc: some(1, () => address(pick(addresses))),
        replyTo: some(1, () => address(pick(addresses))),
        subject: below(8) === 0 ? undefined : value(),
        text: some(6, () => pick(pieces)).join(''),
        html: undefined,
        fields: some(2, () => [pick(NAMES), value() || 'x'] as const).filter(
          ([name, given]) => fieldValueProblem(name, given) === undefined,
        ),
        attachments: [],
      };
      const plain = composePlain(composition, BY);
      if (plain === undefined) continue;
      taken++;
      expect(plain.toString('latin1')).toBe(composeAny(composition, BY).toString('latin1'));
    }
    expect(taken).toBeGreaterThan(1_000);
  });

  it('is what is used', () => {
    const composition: Composition = {
      from: address('a@example.org'),
      to: [address('b@example.net')],
      cc: [],
      replyTo: [],
      subject: 'hello',
      text: 'Hello\n',
      html: undefined,
      fields: [['X-MyCampaign', 'spring']],
      attachments: [],
    };
    expect(composePlain(composition, BY)).toEqual(composeMessage(composition, BY));
    expect(composeMessage({ ...composition, text: 'ü' }, BY).toString()).toContain(
      '\r\nMIME-Version: 1.0\r\n',
    );
    expect(composeMessage({ ...composition, text: 'ü' }, BY).toString()).toMatch(/^X-MyCampaign: spring\r\n/);
  });
});
