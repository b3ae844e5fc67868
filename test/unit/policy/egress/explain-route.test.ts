/** What is said of routes agrees with what decides. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainRoute } from '../../../../src/policy/egress/explain-route.ts';
import { chooseRoute, MATCHES_NOTHING } from '../../../../src/policy/egress/route-rules.ts';
import { routeRule as rule } from '../../../support/route-rules.ts';

const mail = { domain: 'a.test', provider: { name: 'google' }, account: 'shop', stream: 'news' };

test('says of each route before the one that decides what is not met', () => {
  const rules = [
    rule('alone', MATCHES_NOTHING),
    rule('crm', { accounts: ['crm'] }),
    rule('receipts', { accounts: ['shop'], streams: ['receipts'] }),
    rule('below', { domains: ['*.a.test'] }),
    rule('yahoo', { providers: ['yahoo'] }),
    rule('all', {}),
    rule('late', {}),
  ];
  const said = explainRoute(rules, mail).map(({ rule: { name }, verdict }) => [name, verdict]);
  expect(said).toEqual([
    ['alone', 'alone'],
    ['crm', 'account'],
    ['receipts', 'stream'],
    ['below', 'domain'],
    ['yahoo', 'provider'],
    ['all', 'matches'],
  ]);
});

test('stops where the MX hosts are needed and not known', () => {
  const rules = [rule('google', { providers: ['google'] }), rule('all', {})];
  expect(explainRoute(rules, { ...mail, provider: undefined }).at(-1)).toMatchObject({
    rule: { name: 'google' },
    verdict: 'unknown',
  });
});

test('agrees with the decision, whatever the routes', () => {
  const list = (...of: string[]) => fc.subarray(of);
  const rules = fc.array(
    fc.oneof(
      fc.constant(rule('r', MATCHES_NOTHING)),
      fc
        .record({
          domains: list('a.test', '*.test', 'b.test'),
          providers: list('google', 'yahoo'),
          accounts: list('shop', 'crm'),
          streams: list('news', 'receipts'),
        })
        .map((match) => rule('r', match)),
    ),
    { maxLength: 5 },
  );
  const mails = fc.record({
    domain: fc.constantFrom('a.test', 'b.test', 'c.a.test'),
    provider: fc.constantFrom(undefined, { name: undefined }, { name: 'google' }),
    account: fc.constantFrom('shop', 'other'),
    stream: fc.constantFrom('news', 'other'),
  });
  fc.assert(
    fc.property(rules, mails, (some, one) => {
      const last = explainRoute(some, one).at(-1);
      const decided = chooseRoute(some, one);
      if (decided === 'look-up') expect(last?.verdict).toBe('unknown');
      else if (decided === undefined) expect(['matches', 'unknown']).not.toContain(last?.verdict);
      else expect(last).toEqual({ rule: decided, verdict: 'matches' });
    }),
    { seed: 16, numRuns: 500 },
  );
});
