/** Mail that does not fit its stream. */
import { expect, test } from 'vitest';
import {
  isOfSubdomain,
  MANY_EQUAL_BODIES,
  misfitsOf,
  type FitFacts,
} from '../../../src/policy/stream-fit.ts';

const FITS: FitFacts = {
  kind: 'transactional',
  subdomain: undefined,
  isListMail: false,
  domain: 'example.org',
  equalBodies: 1,
};

test.each<[string, Partial<FitFacts>, readonly string[]]>([
  ['a receipt', {}, []],
  ['a list in a transactional stream', { isListMail: true }, ['list-fields']],
  ['a list in a broadcast stream', { isListMail: true, kind: 'broadcast' }, []],
  ['one body less than many', { equalBodies: MANY_EQUAL_BODIES - 1 }, []],
  ['many equal bodies', { equalBodies: MANY_EQUAL_BODIES }, ['equal-bodies']],
  ['many equal bodies in a broadcast stream', { equalBodies: 10_000, kind: 'broadcast' }, []],
  ['from its subdomain', { subdomain: 'news', domain: 'news.example.org' }, []],
  ['from elsewhere', { subdomain: 'news', kind: 'broadcast' }, ['other-domain']],
  [
    'all at once',
    { subdomain: 'news', isListMail: true, equalBodies: 999 },
    ['list-fields', 'equal-bodies', 'other-domain'],
  ],
])('%s', (_what, facts, misfits) => {
  expect(misfitsOf({ ...FITS, ...facts })).toEqual(misfits);
});

test.each([
  ['news.example.org', true],
  ['m.news.example.org', true],
  ['example.org', false],
  ['mynews.example.org', false],
  ['news', false],
])('%s is of the subdomain news: %s', (domain, isOf) => {
  expect(isOfSubdomain(domain, 'news')).toBe(isOf);
});
