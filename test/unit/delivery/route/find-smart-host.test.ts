import { expect, test } from 'vitest';
import { createFindSmartHost } from '../../../../src/delivery/route/find-smart-host.ts';
import type { DnsAnswer, Resolver } from '../../../../src/dns/resolver.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const NOT_FOUND = { kind: 'not-found', nxdomain: true } as const;

function finder(a: DnsAnswer<string>, own: readonly { host: string; port: number }[] = []) {
  const asked: string[] = [];
  const resolver: Partial<Resolver> = {
    a: async (name) => {
      asked.push(name);
      return a;
    },
    aaaa: async () => NOT_FOUND,
  };
  const find = createFindSmartHost({
    resolver: resolver as Resolver,
    random: seededRandom(1),
    ownAddresses: own,
  });
  return { find, asked };
}

const found = (...records: string[]) => ({ kind: 'found', records, ttlSeconds: 60 }) as const;

test('its addresses are asked for, private ones too, and kept for as long as DNS allows', async () => {
  const { find } = finder(found('10.0.0.25'));
  expect(await find({ host: 'smtp.example.net', port: 587 })).toEqual({
    kind: 'hosts',
    site: 'smtp.example.net',
    hosts: [{ name: 'smtp.example.net', preference: 0, addresses: ['10.0.0.25'] }],
    ttlMs: 60_000,
  });
});

test('an address is used as it is', async () => {
  const { find, asked } = finder(NOT_FOUND);
  for (const host of ['192.0.2.1', '2001:db8::1'])
    expect(await find({ host, port: 25 })).toMatchObject({ kind: 'hosts', hosts: [{ addresses: [host] }] });
  expect(asked).toEqual([]);
});

test('this relay is never its own smart host: a port of ours is a loop, another one on this machine is not', async () => {
  const { find } = finder(found('127.0.0.1'), [
    { host: '0.0.0.0', port: 587 },
    { host: '192.0.2.1', port: 25 },
  ]);
  expect(await find({ host: 'localhost.test', port: 587 })).toMatchObject({ kind: 'none', found: 'loop' });
  expect(await find({ host: '192.0.2.1', port: 25 })).toMatchObject({ kind: 'none', found: 'loop' });
  expect(await find({ host: 'localhost.test', port: 10_025 })).toMatchObject({ kind: 'hosts' });
});

test('no address, and no answer, are told apart', async () => {
  expect(await finder(NOT_FOUND).find({ host: 'none.test', port: 25 })).toMatchObject({
    kind: 'none',
    found: 'no-mail-host',
    text: 'none.test has no address',
  });
  const failed = { kind: 'failed', reason: 'SERVFAIL' } as const;
  expect(await finder(failed).find({ host: 'none.test', port: 25 })).toMatchObject({
    kind: 'unknown',
    text: 'none.test: SERVFAIL',
  });
});
