/** SPF records that somebody publishes to keep the relay busy: bounded work, and a verdict all the same. */
import { expect, test } from 'vitest';
import { checkSpf, MOST_LOOK_UPS, MOST_RECORD_OCTETS, MOST_RECORDS } from '../../src/dns/spf.ts';
import { zoneResolver, ZoneTable, type Zone } from '../support/dns-zone.ts';

const FACTS = {
  address: '192.0.2.1',
  helo: 'mx.test',
  reversePath: 'a@evil.test',
  hostname: 'relay.test',
};
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

/** A record of about `octets`, made of `term`. */
function record(octets: number, term: (index: number) => string): string {
  let text = 'v=spf1';
  for (let index = 0; text.length < octets; index++) text += ` ${term(index)}`;
  return `${text} -all`;
}

const network = (index: number) => `ip4:10.${(index >> 8) & 255}.${index & 255}.0/24`;
const HUGE = 60_000;

const ZONES: Readonly<Record<string, Zone>> = {
  'a record of 60,000 octets': { 'evil.test': { txt: [record(HUGE, network)] } },
  'nine of them included': {
    'evil.test': {
      txt: [
        `v=spf1 ${numbers(9)
          .map((n) => `include:i${n}.test`)
          .join(' ')} -all`,
      ],
    },
    ...Object.fromEntries(numbers(9).map((n) => [`i${n}.test`, { txt: [record(HUGE, network)] }])),
  },
  'macros that grow': { 'evil.test': { txt: [record(HUGE, () => `x=${'%{d1r.-+,/_=}'.repeat(50)}`)] } },
  'a name of 60,000 octets': { 'evil.test': { txt: [`v=spf1 include:${'a.'.repeat(30_000)}%{ -all`] } },
  'thousands of other TXT records': { 'evil.test': { txt: numbers(5_000).map((n) => `text ${n}`) } },
  'thousands of addresses': {
    'evil.test': { txt: ['v=spf1 a:many.test -all'] },
    'many.test': { a: numbers(4_000).map((n) => `10.1.${n >> 8}.${n & 255}`) },
  },
  'a thousand MX hosts': {
    'evil.test': {
      txt: ['v=spf1 mx -all'],
      mx: numbers(1_000).map((n) => ({ preference: 1, exchange: `h${n}.test` })),
    },
  },
  'ten MX hosts in each of ten terms': {
    'evil.test': {
      txt: [
        `v=spf1 ${numbers(10)
          .map((n) => `mx:m${n}.test`)
          .join(' ')} -all`,
      ],
    },
    ...Object.fromEntries<Zone[string]>(
      numbers(10).flatMap((n): (readonly [string, Zone[string]])[] => [
        [`m${n}.test`, { mx: numbers(10).map((h) => ({ preference: 1, exchange: `h${h}.m${n}.test` })) }],
        ...numbers(10).map((h) => [`h${h}.m${n}.test`, { a: ['10.9.9.9'] }] as const),
      ]),
    ),
  },
  'a record that includes itself': { 'evil.test': { txt: ['v=spf1 include:evil.test -all'] } },
};

test.each(Object.entries(ZONES))('%s is a permerror, after few look-ups', async (_what, zone) => {
  const table = new ZoneTable(zone);
  expect(await checkSpf(FACTS, zoneResolver(table))).toBe('permerror');
  expect(table.questions.length).toBeLessThanOrEqual(MOST_LOOK_UPS);
});

test('a zone that answers nothing is a temperror', async () => {
  const zone = { 'evil.test': { fault: 'timeout' } } as const;
  expect(await checkSpf(FACTS, zoneResolver(zone))).toBe('temperror');
});

test('records of a size that somebody real may have are evaluated', async () => {
  const zone = {
    'evil.test': {
      txt: [
        'v=spf1 include:big.test -all',
        ...numbers(20).map((n) => `verification-of-${n}=${'x'.repeat(60)}`),
      ],
    },
    'big.test': { txt: [record(MOST_RECORD_OCTETS / 2, network).replace(' -all', ' a:pool.test -all')] },
    'pool.test': { a: ['192.0.2.1', ...numbers(MOST_RECORDS - 1).map((n) => `10.1.1.${n}`)] },
  };
  expect(await checkSpf(FACTS, zoneResolver(zone))).toBe('pass');
});
