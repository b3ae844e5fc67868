/** The demo's DNS server, asked by the resolver that Node.js brings. */
import { Resolver } from 'node:dns/promises';
import { expect, it } from 'vitest';
import { DemoDns } from '../../../src/demo/dns.ts';

it('answers MX, A and TXT, and NXDOMAIN for the rest', async () => {
  const dns = await DemoDns.start();
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([dns.server]);
  const long = `v=DKIM1; p=${'A'.repeat(400)}`;
  dns.add('shop.example', { type: 'MX', preference: 10, exchange: 'mx.shop.example' });
  dns.add('mx.shop.example', { type: 'A', address: '127.0.0.1' });
  dns.add('key._domainkey.Shop.example', { type: 'TXT', text: long });
  try {
    expect(await resolver.resolveMx('shop.example')).toMatchObject([
      { priority: 10, exchange: 'mx.shop.example' },
    ]);
    expect(await resolver.resolve4('MX.shop.example')).toEqual(['127.0.0.1']);
    const strings = await resolver.resolveTxt('key._domainkey.shop.example');
    expect(strings.map((parts) => parts.join(''))).toEqual([long]);
    await expect(resolver.resolve4('shop.example')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolveMx('other.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  } finally {
    await dns.stop();
  }
});
