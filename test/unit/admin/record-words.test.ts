/**
 * A domain's records as providers' panels, copying and other programs leave them: the status of each, and what is said of it.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { checkRecords, type CheckedRecord } from '../../../src/admin/domain-records.ts';
import { domainRecords, type DomainRecord, type RecordPurpose } from '../../../src/dkim/domain-records.ts';
import { zoneResolver, type Zone } from '../../support/dns-zone.ts';
import { signingDomain } from '../dkim/signed-message.ts';

const NAME = 'shop.example';
const RELAY: Zone = { 'mail.relay.test': { a: ['192.88.1.7'] } };

let records: readonly DomainRecord[];
beforeAll(async () => {
  const { records: keys } = await signingDomain();
  records = domainRecords({ domain: NAME, keys, hostname: 'mail.relay.test', takesReports: false });
});

const of = (purpose: RecordPurpose) => records.find((one) => one.purpose === purpose)!;

async function look(
  purpose: RecordPurpose,
  zone: Zone,
  { addresses = ['192.88.1.7'], evaluatesAll = true } = {},
): Promise<CheckedRecord> {
  const resolver = zoneResolver({ ...RELAY, ...zone });
  const checked = await checkRecords(records, resolver, { addresses, evaluatesAll, explains: true });
  return checked.find((one) => one.purpose === purpose)!;
}

/** Status and remarks in a line. */
async function said(
  purpose: RecordPurpose,
  zone: Zone,
  options?: Parameters<typeof look>[2],
): Promise<string> {
  const { status, remarks } = await look(purpose, zone, options);
  return [status, ...remarks].join('; ');
}

describe('DKIM', () => {
  const at = (...txt: readonly string[]) => said('dkim-rsa', { [of('dkim-rsa').name]: { txt } });
  const value = () => of('dkim-rsa').value;
  const split = (text: string, by: string) => text.replace(/.{200}/g, `$&${by}`);

  test('as it is printed, with white space, several strings or a CNAME it is ok', async () => {
    expect(await at(value())).toBe('ok');
    expect(await at(split(value(), ' '))).toBe('ok');
    expect(await at(`${value().replace('v=DKIM1; ', '')};`)).toBe('ok');
    const { name } = of('dkim-rsa');
    const zone = { [name]: { cname: 'key.dns.test' }, 'key.dns.test': { txt: [value()] } };
    expect(await said('dkim-rsa', zone)).toBe('ok');
  });

  test.each<[string, (value: string) => string, RegExp]>([
    ['pasted quotes', (value) => `"${value}"`, /^different; quotes or backslashes/],
    [
      'quotes between pasted strings',
      (value) => `"${split(value, '" "')}"`,
      /^different; quotes or backslashes/,
    ],
    [
      'backslashes before semicolons',
      (value) => value.replaceAll(';', '\\;'),
      /^different; quotes or backslashes/,
    ],
    [
      'a value that was cut off',
      (value) => value.slice(0, 255),
      /^different; it is cut off after 255 octets/,
    ],
    ['a shorter one', (value) => value.slice(0, 200), /^different; it is cut off after \d+ characters/],
    ['a key that was revoked', () => 'v=DKIM1; k=rsa; p=', /^different; p= is empty, which revokes/],
    ['another key', () => 'v=DKIM1; k=rsa; p=AAAA', /^different; it is another key/],
    ['no key', () => 'v=DKIM1; k=rsa', /^different; it has no tag p=/],
    ['no semicolons', (value) => value.replaceAll(';', ''), /^different; /],
    ['a tag that stands twice', (value) => `${value}; k=rsa`, /^different; it is no list of tags/],
    ['another version', (value) => value.replace('DKIM1', 'DKIM2'), /^different; v=DKIM2 is no version/],
    [
      'the version last',
      (value) => `${value.replace('v=DKIM1; ', '')}; v=DKIM1`,
      /^different; v=DKIM1 has to be/,
    ],
    ['a hash that is not used', (value) => `${value}; h=sha1`, /^different; h=sha1 does not allow sha256/],
    ['another service', (value) => `${value}; s=tlsrpt`, /^different; s=tlsrpt does not allow e-mail/],
    [
      'the kind of another key',
      (value) => value.replace('k=rsa', 'k=ed25519'),
      /^different; its kind of key is/,
    ],
    ['testing', (value) => `${value}; t=y`, /^ok; t=y says that DKIM is being tested/],
    ['no subdomains', (value) => `${value}; t=s`, /^ok; t=s allows no identity in a subdomain/],
  ])('with %s it says so', async (_what, change, expected) => {
    expect(await at(change(value()))).toMatch(expected);
  });

  test('with the key of the other record says that they are mixed up', async () => {
    expect(await at(of('dkim-ed25519').value)).toBe(
      `different; it is the key of ${of('dkim-ed25519').name}: the two records are mixed up`,
    );
  });

  test('twice at one name is different', async () => {
    expect(await at(value(), 'v=DKIM1; p=AAAA')).toMatch(/^different; there are 2 DKIM keys at this name/);
  });

  test.each<[string, (name: string) => string, RegExp]>([
    ['the domain doubled', (name) => `${name}.${NAME}`, /the panel adds the domain itself/],
    ['no _domainkey', (name) => name.replace('._domainkey', ''), /it lacks \._domainkey/],
    ['no selector', () => `_domainkey.${NAME}`, /it lacks the selector/],
  ])('published with %s is found there', async (_what, place, expected) => {
    const { name } = of('dkim-rsa');
    const found = await said('dkim-rsa', { [place(name)]: { txt: [value()] } });
    expect(found).toMatch(/^missing; it is published at /);
    expect(found).toMatch(expected);
  });

  test('a CNAME that leads nowhere, a wildcard and other text are told apart', async () => {
    const { name } = of('dkim-rsa');
    expect(await said('dkim-rsa', { [name]: { cname: 'gone.dns.test' } })).toMatch(
      /^missing; it is a CNAME to gone\.dns\.test, which has no TXT record/,
    );
    const txt = ['v=spf1 -all'];
    const wildcard = { [name]: { txt }, [`no-such-selector._domainkey.${NAME}`]: { txt } };
    expect(await said('dkim-rsa', wildcard)).toMatch(/^missing; DNS answers with the text of a wildcard/);
    expect(await at('some=thing')).toMatch(/^missing; DNS has text at .*, but no DKIM key/);
    expect(await said('dkim-rsa', {})).toBe('missing');
    expect(await said('dkim-rsa', { [name]: { fault: 'servfail' } })).toBe('unchecked');
  });
});

describe('SPF', () => {
  const zone = (...txt: readonly string[]): Zone => ({
    [NAME]: { txt: [...txt, 'site-verification=abc'], mx: [{ preference: 0, exchange: 'mx.shop.example' }] },
    'mx.shop.example': { a: ['192.88.1.7'] },
    'a.shop.example': { a: ['192.88.1.7'] },
    '192.88.1.7.sender.shop.example': { a: ['127.0.0.2'] },
    '_spf.provider.test': { txt: ['v=spf1 ip4:192.88.1.0/24 -all'] },
    '_other.provider.test': { txt: ['v=spf1 ip4:198.51.100.0/24 -all'] },
    '_host.provider.test': { txt: ['v=spf1 a:mail.relay.test ?all'] },
    '_two.provider.test': { txt: ['v=spf1 -all', 'v=spf1 ~all'] },
    ...Object.fromEntries(
      Array.from({ length: 12 }, (_one, at) => [`n${at}.test`, { txt: [`v=spf1 a:h${at}.test -all`] }]),
    ),
    ...Object.fromEntries(Array.from({ length: 12 }, (_one, at) => [`h${at}.test`, { a: ['198.51.100.9'] }])),
  });
  const spf = (text: string, options?: Parameters<typeof look>[2]) => said('spf', zone(text), options);

  test.each([
    'v=spf1 a:mail.relay.test ~all',
    'V=SPF1 A:mail.relay.test -all',
    'v=spf1 include:_spf.provider.test -all',
    'v=spf1 redirect=_spf.provider.test',
    'v=spf1 ip4:192.88.1.7 -all',
    'v=spf1 ip4:192.88.0.0/16 ?all',
    'v=spf1 mx -all',
    'v=spf1 a:a.shop.example -all',
    'v=spf1 exists:%{i}.sender.shop.example -all',
    'v=spf1 +all',
  ])('"%s" allows the address', async (text) => {
    expect(await spf(text)).toBe('ok');
    expect(await spf(text, { evaluatesAll: false })).toBe('ok');
  });

  test.each([
    ['v=spf1 -all', 'v=spf1 a:mail.relay.test -all', 'fail'],
    [
      'v=spf1 include:_other.provider.test ~all',
      'v=spf1 include:_other.provider.test a:mail.relay.test ~all',
      'softfail',
    ],
    [
      'v=spf1 redirect=_other.provider.test',
      'v=spf1 a:mail.relay.test redirect=_other.provider.test',
      'fail',
    ],
    [
      'v=spf1 mx:other.test ip4:198.51.100.1',
      'v=spf1 mx:other.test ip4:198.51.100.1 a:mail.relay.test ~all',
      'neutral',
    ],
    ['v=spf1 -a:mail.relay.test mx ~all', 'v=spf1 -a:mail.relay.test mx a:mail.relay.test ~all', 'fail'],
  ])('"%s" does not, and "%s" is proposed', async (text, proposed, verdict) => {
    const { status, remarks, ...checked } = await look('spf', zone(text));
    expect([status, checked.proposed]).toEqual(['different', proposed]);
    expect(remarks[0]).toMatch(
      new RegExp(`^receivers find ${verdict} for 192\\.88\\.1\\.7, after \\d+ of 10 look-ups`),
    );
  });

  test('several records are an error, and one is made of them', async () => {
    const { status, remarks, proposed } = await look(
      'spf',
      zone('v=spf1 mx -all', 'v=spf1 include:_spf.provider.test ~all'),
    );
    expect([status, proposed]).toEqual([
      'different',
      'v=spf1 mx include:_spf.provider.test a:mail.relay.test ~all',
    ]);
    expect(remarks[0]).toMatch(/^there are 2 SPF records/);
  });

  test('more than ten look-ups are counted, over all that is included', async () => {
    const includes = Array.from({ length: 6 }, (_one, at) => `include:n${at}.test`).join(' ');
    expect(await spf(`v=spf1 ${includes} a:mail.relay.test -all`)).toMatch(
      /^different; receivers find permerror for .*; it needs 13 of 10 look-ups in all/,
    );
    // Allowed before the tenth: mail of this relay passes, and mail of others is an error.
    expect(await spf(`v=spf1 a:mail.relay.test ${includes} -all`)).toMatch(/^ok; it needs 13 of 10 look-ups/);
  });

  test('what it refers to may be gone, or be several', async () => {
    expect(await spf('v=spf1 include:gone.test a:mail.relay.test -all')).toMatch(
      /^different; receivers find permerror .*; gone\.test, which it refers to, has no valid SPF record/,
    );
    expect(await spf('v=spf1 include:_two.provider.test -all')).toMatch(
      /_two\.provider\.test, which it refers to/,
    );
    expect(await spf('v=spf1 a:x1.test a:x2.test a:x3.test a:mail.relay.test -all')).toMatch(
      /3 look-ups of its terms find nothing, and 2 are allowed/,
    );
  });

  test('where no address is known, the host name in it or in what it includes counts', async () => {
    const none = { addresses: [] };
    expect(await spf('v=spf1 a:mail.relay.test -all', none)).toBe('ok');
    expect(await spf('v=spf1 include:_host.provider.test -all', none)).toBe('ok');
    expect(await spf('v=spf1 include:_spf.provider.test -all', none)).toBe('different');
  });

  test('a long one is said to be long', async () => {
    const addresses = Array.from({ length: 40 }, (_one, at) => `ip4:198.51.100.${at}`).join(' ');
    expect(await spf(`v=spf1 a:mail.relay.test ${addresses} -all`)).toMatch(
      /^ok; the TXT records of this name have \d+ octets/,
    );
  });

  test('what is nearly one is missing, with the reason', async () => {
    expect(await said('spf', { [NAME]: { txt: ['"v=spf1 -all"'] } })).toMatch(
      /^missing; quotes or backslashes/,
    );
    expect(await said('spf', { [NAME]: { txt: [' v=spf1 -all'] } })).toMatch(
      /^missing; an SPF record begins with/,
    );
    expect(await said('spf', { [NAME]: { fault: 'timeout' } })).toBe('unchecked');
    expect(
      await spf('v=spf1 include:_spf.provider.test -all', { addresses: ['192.88.1.7', '2001:4::7'] }),
    ).toMatch(/^different; receivers find fail for 2001:4::7/);
  });

  test('DNS that fails on the way finds nothing', async () => {
    const failing = { ...zone('v=spf1 include:down.test -all'), 'down.test': { fault: 'servfail' as const } };
    expect(await said('spf', failing)).toMatch(/^unchecked; receivers find temperror/);
  });
});

describe('DMARC', () => {
  const dmarc = (...txt: readonly string[]) => said('dmarc', { [`_dmarc.${NAME}`]: { txt } });

  test.each<[string, RegExp]>([
    ['v=DMARC1; p=reject; rua=mailto:a@shop.example', /^ok$/],
    ['v=DMARC1; p=none; adkim=s; aspf=s', /^ok$/],
    ['v=DMARC1', /^different; it has no policy/],
    ['v=DMARC1; p=all', /^different; p=all is no policy/],
    ['v=dmarc1; p=none', /^missing; it has to begin with v=DMARC1/],
    ['"v=DMARC1; p=none"', /^missing; quotes or backslashes/],
    ['v=DMARC1; p=none; rua=a@shop.example', /^ok; rua= takes addresses as mailto:/],
  ])('"%s"', async (text, expected) => {
    expect(await dmarc(text)).toMatch(expected);
  });

  test('several are none', async () => {
    expect(await dmarc('v=DMARC1; p=none', 'v=DMARC1; p=reject')).toMatch(
      /^different; there are 2 DMARC records/,
    );
  });

  test('the record of a domain above counts, with its policy for subdomains', async () => {
    const { records: keys } = await signingDomain();
    const facts = { domain: 'news.shop.example', keys, hostname: 'mail.relay.test', takesReports: true };
    const zone = { '_dmarc.shop.example': { txt: ['v=DMARC1; p=reject; sp=quarantine; aspf=s'] } };
    const checked = await checkRecords(domainRecords(facts), zoneResolver(zone), {
      ...{ addresses: [], evaluatesAll: false, explains: true },
    });
    const { status, remarks } = checked.find(({ purpose }) => purpose === 'dmarc')!;
    expect(status).toBe('ok');
    expect(remarks).toEqual([
      'the record of shop.example counts for it, with the policy quarantine',
      'aspf=s: the reverse-path is in bounces.news.shop.example, so SPF does not count for news.shop.example; DMARC passes by DKIM alone',
    ]);
  });
});
