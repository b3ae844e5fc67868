/** What is looked up of one sending domain, as receivers see it. */
import { expect, test } from 'vitest';
import { lookAtDomain } from '../../../src/doctor/look-at-domain.ts';
import { judgeDomain, problemKey } from '../../../src/policy/checks/domain-mail.ts';
import { zoneResolver, type Zone } from '../../support/dns-zone.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const NAME = 'site.test';
const WELL: Zone = {
  [NAME]: { mx: [{ preference: 10, exchange: 'mx.site.test' }], txt: ['v=spf1 a:relay.test ~all'] },
  [`_dmarc.${NAME}`]: { txt: ['v=DMARC1; p=none'] },
  'relay.test': { a: ['192.88.1.7'] },
};
const RETURNS: Zone = {
  [`bounces.${NAME}`]: {
    mx: [{ preference: 10, exchange: 'relay.test' }],
    txt: ['v=spf1 a:relay.test ~all'],
  },
};

async function problemsOf(
  zone: Zone,
  { evaluatesAll = true, inbound = false, addresses = ['192.88.1.7'] } = {},
): Promise<string> {
  const facts = await lookAtDomain(NAME, [], {
    config: {
      hostname: 'relay.test',
      inbound: {
        listen: inbound ? [{ host: '::', port: 25 }] : [],
        postmaster: undefined,
        feedbackNetworks: [],
        feedbackSourcesFile: undefined,
      },
    },
    addresses,
    evaluatesAll,
    resolver: zoneResolver(zone),
    random: seededRandom(),
  });
  const verdict = judgeDomain(facts);
  return `${problemKey(verdict)}${verdict.unknown ? ' unknown' : ''}`;
}

test('a domain as it should be', async () => {
  expect(await problemsOf(WELL)).toBe('');
  expect(await problemsOf(WELL, { evaluatesAll: false })).toBe('');
  expect(await problemsOf({ ...WELL, ...RETURNS }, { inbound: true })).toBe('');
});

test('SPF in other words counts by what it says of the address', async () => {
  const spf = (text: string) => ({ ...WELL, [NAME]: { ...WELL[NAME], txt: [text] } });
  for (const evaluatesAll of [true, false]) {
    expect(await problemsOf(spf('v=spf1 ip4:192.88.1.0/24 -all'), { evaluatesAll })).toBe('');
    expect(await problemsOf(spf('v=spf1 ip4:192.88.2.0/24 -all'), { evaluatesAll })).toBe('spf:wrong');
    expect(await problemsOf(spf('v=spf1 include:nowhere.test -all'), { evaluatesAll })).toBe('spf:wrong');
  }
});

test('a record that names the relay does not help an address that the name does not lead to', async () => {
  expect(await problemsOf(WELL, { addresses: ['192.88.1.7', '2001:4::7'] })).toBe('spf:wrong');
});

test('where bounces come back here, SPF of the return-path host counts, else the domain’s own', async () => {
  const { [NAME]: domain, ...rest } = WELL;
  const withoutOwn = { ...rest, [NAME]: { mx: domain?.mx ?? [] } };
  expect(await problemsOf({ ...withoutOwn, ...RETURNS }, { inbound: true })).toBe('');
  expect(await problemsOf(withoutOwn, { inbound: true })).toBe('spf:wrong return-path:wrong');
});

test('a domain without a mail host, or with a null MX, takes no replies', async () => {
  const txt = ['v=spf1 a:relay.test ~all'];
  expect(await problemsOf({ ...WELL, [NAME]: { txt } })).toBe('replies:warning');
  expect(await problemsOf({ ...WELL, [NAME]: { txt, mx: [{ preference: 0, exchange: '' }] } })).toBe(
    'replies:warning',
  );
  expect(await problemsOf({ ...WELL, [NAME]: { txt, a: ['192.88.1.9'] } })).toBe('');
});

test('DNS that does not answer finds nothing', async () => {
  expect(await problemsOf({ ...WELL, [NAME]: { fault: 'servfail' } })).toBe(' unknown');
});
