/** Which shaping rules are about which mail, and what counts together. */
import { expect, test } from 'vitest';
import { bucketOf, firstValue, rulesFor } from '../../../../src/policy/shaping/match-rules.ts';
import { MATCHES_ALL } from '../../../../src/policy/shaping/rule-fields.ts';
import type { ShapedMail, ShapingMatch, ShapingRule } from '../../../../src/policy/shaping/shaping-rules.ts';

const MAIL: ShapedMail & { site: string } = {
  domain: 'gmail.com',
  site: 'mx1 mx2',
  mx: 'gmail-smtp-in.l.google.com',
  provider: 'google',
  account: 'shop',
  stream: 'news',
  source: 'out-1',
};
const rule = (match: Partial<ShapingMatch>, rest: Partial<ShapingRule> = {}): ShapingRule => ({
  ...{ name: 'x', match: { ...MATCHES_ALL, ...match }, per: ['site'], limits: {} },
  ...rest,
});
const isFor = (match: Partial<ShapingMatch>, mail: Partial<ShapedMail> = {}) =>
  rulesFor({ ...MAIL, ...mail }, [rule(match)]).length === 1;

test.each<[Partial<ShapingMatch>, boolean]>([
  [{}, true],
  [{ domains: ['gmail.com'] }, true],
  [{ domains: ['*.gmail.com'] }, false],
  [{ domains: ['*.com'] }, true],
  [{ mx: ['google.com'] }, true],
  [{ mx: ['gmail-smtp-in.l.google.com'] }, true],
  [{ mx: ['oogle.com'] }, false],
  [{ providers: ['yahoo', 'google'] }, true],
  [{ providers: ['yahoo'] }, false],
  [{ accounts: ['shop'] }, true],
  [{ accounts: ['other'] }, false],
  [{ streams: ['news'] }, true],
  [{ streams: ['transactional'] }, false],
  [{ sources: ['out-1'] }, true],
  [{ sources: ['out-2'] }, false],
  [{ providers: ['google'], accounts: ['shop'], sources: ['out-1'] }, true],
  [{ providers: ['google'], accounts: ['other'] }, false],
])('a match of %j: %j', (match, expected) => {
  expect(isFor(match)).toBe(expected);
});

test('mail to a smart host has no MX host and no provider', () => {
  const toSmartHost = { mx: undefined, provider: undefined };
  expect(isFor({ mx: ['google.com'] }, toSmartHost)).toBe(false);
  expect(isFor({ providers: ['google'] }, toSmartHost)).toBe(false);
  expect(isFor({ accounts: ['shop'] }, toSmartHost)).toBe(true);
});

test('mail from the address that the system chooses is of no source', () => {
  expect(isFor({ sources: ['out-1'] }, { source: undefined })).toBe(false);
});

test('every rule that matches counts, in order; single values are those of the first that has them', () => {
  const rules = rulesFor(MAIL, [
    rule({ providers: ['yahoo'] }, { name: 'a', limits: { idleMs: 1 } }),
    rule({}, { name: 'b', limits: { maxAgeMs: 2 } }),
    rule({ providers: ['google'] }, { name: 'c', limits: { idleMs: 3, maxAgeMs: 4 } }),
  ]);
  expect(rules.map(({ name }) => name)).toEqual(['b', 'c']);
  expect(firstValue(rules, 'idleMs')).toBe(3);
  expect(firstValue(rules, 'maxAgeMs')).toBe(2);
  expect(firstValue(rules, 'connections')).toBeUndefined();
});

test('mail counts together where all that the rule counts apart is equal', () => {
  const perProvider = rule({}, { per: ['provider', 'source'] });
  const other = { ...MAIL, domain: 'example.com', account: 'b', stream: 'c' };
  expect(bucketOf(perProvider, other)).toBe(bucketOf(perProvider, MAIL));
  expect(bucketOf(perProvider, { ...MAIL, source: 'out-2' })).not.toBe(bucketOf(perProvider, MAIL));
  const perAccount = rule({}, { per: ['domain', 'account'] });
  expect(bucketOf(perAccount, { ...MAIL, account: 'b' })).not.toBe(bucketOf(perAccount, MAIL));
  expect(bucketOf(perAccount, { ...MAIL, domain: 'b' })).not.toBe(bucketOf(perAccount, MAIL));
});

test('names with spaces in them are not taken for others', () => {
  const perBoth = rule({}, { per: ['account', 'stream'] });
  expect(bucketOf(perBoth, { ...MAIL, account: 'a b', stream: 'c' })).not.toBe(
    bucketOf(perBoth, { ...MAIL, account: 'a', stream: 'b c' }),
  );
});
