/** A domain's records at the real name servers of its zone: caches, servers that disagree, lame and broken ones, CNAMEs. */
import { afterEach, describe, expect, test } from 'vitest';
import { checkRecords } from '../../../src/admin/domain-records.ts';
import { domainRecords } from '../../../src/dkim/domain-records.ts';
import { createAuthority } from '../../../src/dns/authoritative.ts';
import type { Resolver } from '../../../src/dns/resolver.ts';
import { createSystemResolver } from '../../../src/dns/system-resolver.ts';
import { AuthoritativeServer, BROKEN_ZONE, noNsd, txtLine } from '../../support/authoritative-server.ts';
import { zoneResolver, type Zone } from '../../support/dns-zone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { signingDomain } from '../dkim/signed-message.ts';

const NAME = 'example.org';
/** The zone's servers, at addresses that the parent names. */
const HOSTS = ['127.0.0.2', '127.0.0.3'] as const;
const SERVERS = HOSTS.map((host, at) => `ns${at + 1} IN A ${host}\n@ IN NS ns${at + 1}\n`).join('');

const keysOf = signingDomain();

async function records() {
  const { records: keys } = await keysOf;
  const facts = { domain: NAME, keys, hostname: 'mail.example.net', takesReports: false };
  return domainRecords(facts).filter(({ purpose }) => purpose === 'dkim-rsa');
}

async function zoneText(value?: string): Promise<string> {
  const [record] = await records();
  const label = record!.name.slice(0, -NAME.length - 1);
  return SERVERS + (value === '' ? '' : txtLine(label, value ?? record!.value));
}

let servers: AuthoritativeServer[] = [];
afterEach(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  servers = [];
});

/** One for each zone text, at {@link HOSTS}. */
async function serve(...zones: readonly Readonly<Record<string, string>>[]): Promise<void> {
  for (const [at, texts] of zones.entries()) {
    const [first] = servers;
    servers.push(
      await AuthoritativeServer.start({
        zones: texts,
        host: HOSTS[at] ?? '127.0.0.9',
        ...(first && { port: first.port }),
        negativeTtl: 900,
      }),
    );
  }
}

/** What a resolver tells of the zone's servers, asked at the first; `cached`: its own answers to all else. */
async function look(cached: Zone | undefined, { allowPrivateAddresses = true } = {}): Promise<string> {
  const [first] = servers;
  const system = createSystemResolver({
    servers: [{ host: first!.host, port: first!.port }],
    clock: new VirtualClock(),
    maxAnswers: 0,
    timeoutMs: 1_000,
    tries: 1,
  });
  const resolver: Resolver = cached === undefined ? system : zoneResolver(cached);
  const authority = createAuthority({
    resolver: system,
    allowPrivateAddresses,
    port: first!.port,
    timeoutMs: 500,
  });
  const [checked] = await checkRecords(await records(), resolver, {
    ...{ addresses: [], evaluatesAll: false, explains: true },
    authority,
  });
  const { status, remarks, trouble = '' } = checked!;
  return [status, trouble, ...remarks].filter((text) => text !== '').join('; ');
}

describe.skipIf(noNsd)(`the servers of a zone${noNsd ?? ''}`, () => {
  test('that have the record count, whatever a cache has of it', async () => {
    const zone = { [NAME]: await zoneText() };
    await serve(zone, zone);
    expect(await look(undefined)).toBe('ok');
    expect(await look({})).toBe('ok; it is published, but resolvers may still have the old answer for 900 s');
    const [{ name } = { name: '' }] = await records();
    expect(await look({ [name]: { txt: ['v=DKIM1; p=AAAA'] } })).toMatch(
      /^ok; .*the old record until its TTL/,
    );
    expect(await look({ [name]: { fault: 'servfail' } })).toBe('ok');
  });

  test('that have it no more count as well, though a cache still has it', async () => {
    const zone = { [NAME]: await zoneText('') };
    await serve(zone, zone);
    const [record] = await records();
    expect(await look({ [record!.name]: { txt: [record!.value] } })).toBe('missing');
  });

  test('that disagree tell nothing yet, and it is said which has what', async () => {
    await serve({ [NAME]: await zoneText() }, { [NAME]: await zoneText('') });
    expect(await look(undefined)).toMatch(
      /^unchecked; the name servers of example\.org disagree: ns1\.example\.org \(127\.0\.0\.2\) has the record, ns2\.example\.org \(127\.0\.0\.3\) has none/,
    );
    await servers[1]!.publish(NAME, await zoneText('v=DKIM1; p=AAAA'));
    expect(await look(undefined)).toMatch(/ns2\.example\.org \(127\.0\.0\.3\) has another one/);
    await servers[1]!.publish(NAME, await zoneText());
    expect(await look(undefined)).toBe('ok');
  });

  test('of which one is lame, broken or silent are asked without it, and it is said', async () => {
    await serve({ [NAME]: await zoneText() }, { 'other.test': '' });
    expect(await look(undefined)).toMatch(
      /^ok; ns2\.example\.org \(127\.0\.0\.3\), a name server of example\.org, does not serve the zone example\.org \(a lame delegation\)/,
    );
    await servers.pop()![Symbol.asyncDispose]();
    expect(await look(undefined)).toMatch(/^ok; ns2.*does not answer/);
    const { port } = servers[0]!;
    servers.push(await AuthoritativeServer.start({ zones: { [NAME]: BROKEN_ZONE }, host: HOSTS[1], port }));
    expect(await look(undefined)).toMatch(/^ok; ns2.*fails \(SERVFAIL\)/);
  });

  test('that cannot be asked leave it to the resolver, and at private addresses they are not asked', async () => {
    const elsewhere = (await zoneText())
      .replaceAll('127.0.0.2', '127.0.0.8')
      .replaceAll('127.0.0.3', '127.0.0.9');
    await serve({ [NAME]: elsewhere });
    expect(await look(undefined)).toMatch(/^ok; the name servers of example\.org cannot be asked from here/);
    expect(await look({})).toMatch(/^missing; the name servers of example\.org cannot be asked from here/);
    expect(await look(undefined, { allowPrivateAddresses: false })).toBe('ok');
  });

  test('follow a CNAME into the zone of another one', async () => {
    const [record] = await records();
    const label = record!.name.slice(0, -NAME.length - 1);
    const alias = `${SERVERS}${label} IN CNAME key.keys.test.\n`;
    const target = (text: string) => `@ IN NS ns1\nns1 IN A 127.0.0.2\n${text}`;
    await serve({ [NAME]: alias, 'keys.test': target(txtLine('key', record!.value)) }, { [NAME]: alias });
    expect(await look({})).toMatch(/^ok; it is published/);
    await servers[0]!.publish('keys.test', target(''));
    expect(await look(undefined)).toMatch(
      /^missing; it is a CNAME to key\.keys\.test, which has no TXT record/,
    );
    await servers[0]!.publish(NAME, `${SERVERS}${label} IN CNAME ${label}.loop\n*.loop IN CNAME ${label}\n`);
    expect(await look(undefined)).toMatch(/^(?:missing|unchecked)/);
  });
});
