/**
 * Keys of mailboxes: what they have to make equal is made equal, they are addresses and their own keys, and the
 * authorization key never takes one mailbox for another.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { formatMailbox, isMailbox, parseMailbox, type Mailbox } from '../../src/smtp/address.ts';
import {
  authorizationKey,
  authorizationKeyOf,
  readSuppressionKey,
  suppressionKey,
  suppressionKeyOf,
} from '../../src/smtp/address-keys.ts';
import { itHolds } from './support/fuzz.ts';
import { wordSoup } from './support/octets.ts';

const ALPHABET = [
  ...['a', 'B', 'k', 's', 'i', 'I', '.', '..', '+', '@', ' ', '"', '\\', '%', '1'],
  ...['ß', 'ẞ', 'ſ', 'ı', 'İ', '\u212a', 'σ', 'ς', 'Σ', 'ΐ', 'ᾳ', 'ŉ', 'ǰ', 'Å', 'Ⅸ', 'ﬃ', 'ﷺ', 'Ꭰ', 'ꭰ'],
  ...['\u0307', '\u0308', '\u0301', '\u0345', '\u0327', '\u00ad', '\u200d', '\u034f', '\ufe0f', '\u115f'],
  ...['ｓ', '＠', '．', '＂', '＼', '…', '¨', '用', '\u1100', '\u1161', '😀'],
];
const anyCharacter = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
/** What stands between quotes, escapes resolved; as much as an address can hold in quotes. */
const content = fc
  .oneof(
    wordSoup(ALPHABET, 8),
    fc.array(anyCharacter, { maxLength: 6 }).map((parts) => parts.join('')),
  )
  .filter((text) => mailboxOf(quoted(text)) !== undefined);
const domain = fc.constantFrom('r.test', 'xn--mller-kva.example', '[192.0.2.1]', '[IPv6:2001:db8::1]');
/** Which of the characters are escaped. */
const escapes = fc.array(fc.boolean(), { maxLength: 40 });

function quoted(text: string, escape: readonly boolean[] = []): string {
  const characters = Array.from(text, (character, at) =>
    character === '"' || character === '\\' || (escape[at] === true && /[ -~]/.test(character))
      ? `\\${character}`
      : character,
  );
  return `"${characters.join('')}"`;
}

function mailboxOf(localPart: string, domain = 'r.test'): Mailbox | undefined {
  const mailbox = parseMailbox(`${localPart}@${domain}`);
  return isMailbox(mailbox) ? mailbox : undefined;
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (capital) => capital.toLowerCase());
}

describe('a key', () => {
  itHolds(
    'is the same for all quoted and escaped spellings, is an address, and is its own key',
    { seed: 931, runs: 4_000, through: 0.7 },
    fc.tuple(content, domain, escapes, escapes),
    ([text, host, some, others]) => {
      const one = mailboxOf(quoted(text, some), host);
      const other = mailboxOf(quoted(text, others), host);
      const bare = mailboxOf(text, host);
      if (one === undefined || other === undefined) return false;
      for (const key of [authorizationKey, suppressionKey]) {
        expect(key(other)).toBe(key(one));
        // A local part that starts with a quote is a quoted one, and not this text.
        if (bare !== undefined && !text.startsWith('"')) expect(key(bare)).toBe(key(one));
      }
      expect(authorizationKeyOf(authorizationKey(one))).toBe(authorizationKey(one));
      const suppressed = suppressionKey(one);
      expect(readSuppressionKey(suppressed)).toBe(suppressed);
      expect(suppressionKeyOf(suppressed)).toBe(suppressed);
      expect(suppressionKeyOf(formatMailbox(one))).toBe(suppressed);
      expect(suppressionKeyOf(authorizationKey(one))).toBe(suppressed);
      expect(suppressed.endsWith(`@${host}`)).toBe(true);
    },
  );

  itHolds<[string, string]>(
    'to authorize by is that of one mailbox, apart from case in ASCII',
    {
      seed: 932,
      runs: 6_000,
      examples: [
        ['a@b', 'a'],
        ['kate', '\u212aate'],
        ['a\\b', 'ab'],
        ['a"b', 'ab'],
        ['ä', 'a\u0308'],
      ],
    },
    fc.oneof(
      fc.tuple(content, content),
      content.map((text): [string, string] => [text, text.normalize('NFKC')]),
      content.map((text): [string, string] => [text, text.toUpperCase()]),
    ),
    ([one, other]) => {
      const [left, right] = [mailboxOf(quoted(one)), mailboxOf(quoted(other))];
      if (left === undefined || right === undefined) return false;
      const same = authorizationKey(left) === authorizationKey(right);
      expect(same).toBe(asciiLower(one) === asciiLower(other));
    },
  );

  itHolds(
    'to suppress by is the same in every case, normal form and with what is not seen',
    { seed: 933, runs: 6_000, through: 0.8 },
    // The capital of an iota subscript is a letter: marks that were behind it are another letter's then.
    fc.tuple(
      content.filter((text) => !text.normalize('NFKD').includes('\u0345')),
      fc.nat(8),
      fc.constantFrom('\u00ad', '\u200b', '\u200d', '\ufe0f', '\u2060'),
    ),
    ([text, at, unseen]) => {
      const mailbox = mailboxOf(quoted(text));
      if (mailbox === undefined) return false;
      const key = suppressionKey(mailbox);
      for (const spelling of [
        text.toUpperCase(),
        text.toLowerCase(),
        text.normalize('NFC'),
        text.normalize('NFD'),
        text.normalize('NFKC'),
        text.normalize('NFKD'),
        text.slice(0, at).isWellFormed() ? text.slice(0, at) + unseen + text.slice(at) : text,
      ]) {
        const other = mailboxOf(quoted(spelling));
        if (other !== undefined) expect(suppressionKey(other)).toBe(key);
      }
    },
  );
});
