import { expect, test } from 'vitest';
import { leavesOneWay } from '../../../../src/policy/egress/one-way.ts';
import type { RouteRule } from '../../../../src/policy/egress/route-rules.ts';
import { routeRule } from '../../../support/route-rules.ts';

const rule = (match: Partial<RouteRule['match']>, parts: Partial<RouteRule> = {}) =>
  routeRule('r', match, parts);

const MAIL = { domain: 'a.test', provider: 'google' };

test.each<[string, readonly RouteRule[], boolean]>([
  ['no route', [], true],
  ['a route of another domain', [rule({ domains: ['b.test'] }, { action: 'relay' })], true],
  ['a route of another provider', [rule({ providers: ['yahoo'] }, { action: 'relay' })], true],
  ['a direct route', [rule({ domains: ['a.test'] })], true],
  ['a direct route with a fallback', [rule({}, { fallback: 'smart' })], false],
  ['a smart host', [rule({ providers: ['google'] }, { action: 'relay' })], false],
  ['a route of some accounts', [rule({ accounts: ['shop'] })], false],
  ['a route of a stream of that domain', [rule({ domains: ['*.test'], streams: ['bulk'] })], false],
  ['a route of a stream behind one that takes all', [rule({}), rule({ streams: ['bulk'] })], true],
])('%s', (_what, rules, expected) => {
  expect(leavesOneWay(rules, MAIL)).toBe(expected);
});

test('a route by provider may or may not be the one while the provider is not known', () => {
  const unknown = { domain: 'a.test', provider: undefined };
  const ofGoogle = rule({ providers: ['google'] });
  expect(leavesOneWay([ofGoogle], unknown)).toBe(true);
  expect(leavesOneWay([ofGoogle, rule({ accounts: ['shop'] })], unknown)).toBe(false);
  expect(leavesOneWay([rule({ providers: ['google'] }, { action: 'relay' })], unknown)).toBe(false);
});
