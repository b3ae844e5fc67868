/** What is wrong with the mail of a sending domain, and what only ought to be better. */
import { expect, test } from 'vitest';
import {
  judgeDomain,
  problemKey,
  type DomainMailFacts,
  type RecordFacts,
} from '../../../src/policy/checks/domain-mail.ts';

const record = (purpose: string, parts: Partial<RecordFacts> = {}): RecordFacts => ({
  purpose,
  type: 'TXT',
  name: `${purpose}.site.example`,
  value: purpose === 'spf' ? 'v=spf1 a:mail.site.example ~all' : `the ${purpose} record`,
  status: 'ok',
  ...parts,
});
const WELL: DomainMailFacts = {
  domain: 'site.example',
  records: [record('dkim-rsa'), record('spf', { name: 'site.example' }), record('dmarc')],
  spf: [{ domain: 'site.example', address: '192.0.2.7', verdict: 'pass' }],
  replies: 'taken',
};
const withRecord = (changed: RecordFacts): DomainMailFacts => ({
  ...WELL,
  records: [...WELL.records.filter(({ purpose }) => purpose !== changed.purpose), changed],
});

test('a domain with its records, that takes replies, has no problem', () => {
  expect(judgeDomain(WELL)).toEqual({ problems: [], unknown: false });
  expect(problemKey(judgeDomain(WELL))).toBe('');
});

test.each([
  [
    'DKIM missing',
    withRecord(record('dkim-rsa', { status: 'missing' })),
    'dkim:wrong',
    /publish TXT dkim-rsa/,
  ],
  ['DKIM different', withRecord(record('dkim-rsa', { status: 'different' })), 'dkim:wrong', /publish TXT/],
  ['no DMARC', withRecord(record('dmarc', { status: 'missing' })), 'dmarc:warning', /the dmarc record/],
  [
    'malformed DMARC',
    withRecord(record('dmarc', { status: 'different' })),
    'dmarc:wrong',
    /the dmarc record/,
  ],
  [
    'no MX of the return-path host',
    withRecord(record('return-path-mx', { status: 'missing' })),
    'return-path:wrong',
    /the return-path-mx record/,
  ],
  [
    'SPF that fails',
    { ...WELL, spf: [...WELL.spf, { domain: 'site.example', address: '2001:db8::7', verdict: 'softfail' }] },
    'spf:wrong',
    /publish TXT site\.example: v=spf1 a:mail\.site\.example ~all; .* add a:mail\.site\.example before "all"/,
  ],
  ['a null MX', { ...WELL, replies: 'null-mx' }, 'replies:warning', /publish an MX record of site\.example/],
  ['no mail host', { ...WELL, replies: 'no-host' }, 'replies:warning', /publish an MX/],
] satisfies [string, DomainMailFacts, string, RegExp][])('%s', (_, facts, key, remedy) => {
  const verdict = judgeDomain(facts);
  expect(problemKey(verdict)).toBe(key);
  expect(verdict.problems[0]?.remedy).toMatch(remedy);
});

test('an SPF record of other words that lets the address pass is right', () => {
  expect(judgeDomain(withRecord(record('spf', { status: 'different' }))).problems).toEqual([]);
});

test('where no address is known the SPF record itself is judged', () => {
  const facts = { ...withRecord(record('spf', { status: 'missing' })), spf: [] };
  expect(problemKey(judgeDomain(facts))).toBe('spf:wrong');
});

test('what DNS did not tell is no problem, and is said', () => {
  for (const facts of [
    withRecord(record('dkim-rsa', { status: 'unchecked' })),
    { ...WELL, spf: [{ domain: 'site.example', address: '192.0.2.7', verdict: 'temperror' as const }] },
    { ...WELL, replies: 'unknown' as const },
  ])
    expect(judgeDomain(facts)).toEqual({ problems: [], unknown: true });
});

test('a key is named, not cut into lines', () => {
  const facts = withRecord(record('dkim-rsa', { status: 'missing', value: 'v=DKIM1; p='.padEnd(400, 'A') }));
  expect(judgeDomain(facts).problems[0]?.remedy).toBe(
    'publish TXT dkim-rsa.site.example; relayctl domain show site.example prints them',
  );
});

test('what is wrong comes before warnings', () => {
  const facts = {
    ...WELL,
    records: [record('dkim-rsa', { status: 'missing' }), record('dmarc', { status: 'missing' })],
    replies: 'null-mx',
    spf: [{ domain: 'site.example', address: '192.0.2.7', verdict: 'none' }],
  } as const;
  expect(problemKey(judgeDomain(facts))).toBe('dkim:wrong spf:wrong dmarc:warning replies:warning');
});
