import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLinkToken, openLinkToken, type Link } from '../../../src/links/link-token.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);
const AT = Date.parse('2026-03-01T12:00:00Z');
const random = seededRandom(1);
const link: Link = {
  purpose: 'unsubscribe',
  messageId: makeId('msg_', AT, random),
  accountId: makeId('acc_', AT, random),
  stream: 'newsletter',
  recipientNumber: 3,
  recipient: 'Alice.Smith@example.org',
};
const token = made(link);

function made(of: Link, by = box): string {
  const text = makeLinkToken(of, by);
  if (text === undefined) throw new Error('no token');
  return text;
}

const open = (text: string) => openLinkToken(text, 'unsubscribe', box);

const links = fc.record({
  purpose: fc.constant('unsubscribe' as const),
  messageId: fc.integer({ min: 0, max: 2 ** 45 }).map((at) => makeId('msg_', at, random)),
  accountId: fc.oneof(
    fc.constant('acc_operator'),
    fc.integer({ min: 0, max: 2 ** 45 }).map((at) => makeId('acc_', at, random)),
  ),
  stream: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
  recipientNumber: fc.integer({ min: 1, max: 100_000 }),
  recipient: fc.oneof(fc.emailAddress(), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })),
});

describe('a link token', () => {
  it('says what it was made of, and is the same each time', () => {
    expect(open(token)).toEqual(link);
    expect(made(link)).toBe(token);
    expect(made(link, createSecretBox(Buffer.alloc(32, 7), systemRandom))).toBe(token);
  });

  it('has about 130 characters that need no escape in a URL or a subject, and shows nothing of what it says', () => {
    expect(token).toMatch(/^[\w-]{120,150}$/);
    expect(Buffer.from(token, 'base64url').includes('example.org')).toBe(false);
  });

  it('carries whatever a message may have', () => {
    fc.assert(
      fc.property(links, (any) => {
        expect(open(made(any))).toEqual(any);
      }),
    );
  });

  it('differs for each recipient, message and stream', () => {
    fc.assert(
      fc.property(links, links, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(made(one)).not.toBe(made(other));
      }),
    );
  });

  it('with any character changed, missing or added is not ours', () => {
    for (let at = 0; at < token.length; at++) {
      const other = token.charAt(at) === 'A' ? 'B' : 'A';
      expect(open(token.slice(0, at) + other + token.slice(at + 1)), `character ${at}`).toBeUndefined();
      expect(open(token.slice(0, at)), `first ${at}`).toBeUndefined();
      expect(open(token.slice(0, at) + 'A' + token.slice(at))).toBeUndefined();
    }
  });

  it('is not read as programs spoil it: wrapped, escaped, in another case, with punctuation', () => {
    const spoilt = [
      token.toLowerCase(),
      token.toUpperCase(),
      `${token}.`,
      `${token}=`,
      `${token}=3D`,
      `3D${token}`,
      `=3D${token}`,
      `${token.slice(0, 76)}=\r\n${token.slice(76)}`,
      `${token.slice(0, 76)} ${token.slice(76)}`,
      `${token}%20`,
      encodeURIComponent(`<${token}>`),
      ` ${token}`,
      '',
      'A'.repeat(100_000),
      '\u0000',
    ];
    for (const text of spoilt) expect(open(text), JSON.stringify(text.slice(0, 200))).toBeUndefined();
  });

  it('has one spelling: bits that base64 drops are not ignored', () => {
    // A sealed length that is no multiple of three leaves some.
    const one = [link, { ...link, recipient: 'a@b.example' }, { ...link, recipient: 'ab@b.example' }]
      .map((each) => made(each))
      .find((text) => text.length % 4 !== 0);
    if (one === undefined) throw new Error('none has any');
    const ends = Array.from({ length: 64 }, (_, six) =>
      Buffer.of(six << 2)
        .toString('base64url')
        .charAt(0),
    );
    const read = ends.filter((end) => open(one.slice(0, -1) + end) !== undefined);
    expect(read).toEqual([one.slice(-1)]);
  });

  it('is nobody else’s: another key, or another use of the same key', () => {
    const other = createSecretBox(Buffer.alloc(32, 8), systemRandom);
    expect(openLinkToken(token, 'unsubscribe', other)).toBeUndefined();
    const elsewhere = Buffer.from(box.sealSame(Buffer.from('anything'), 'cookie')).toString('base64url');
    expect(open(elsewhere)).toBeUndefined();
    const laterVersion = Buffer.from(box.sealSame(Buffer.of(2, 1, 0), 'link')).toString('base64url');
    expect(open(laterVersion)).toBeUndefined();
    const otherPurpose = Buffer.from(box.sealSame(Buffer.of(1, 9, 0), 'link')).toString('base64url');
    expect(open(otherPurpose)).toBeUndefined();
  });

  it('is not made of what does not fit into a header line', () => {
    expect(makeLinkToken({ ...link, recipient: `${'a'.repeat(2000)}@example.org` }, box)).toBeUndefined();
    const longest = `${'ü'.repeat(32)}@${'d'.repeat(180)}.example`;
    expect(open(made({ ...link, recipient: longest }))).toMatchObject({ recipient: longest });
  });
});
