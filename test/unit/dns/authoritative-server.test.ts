/** nsd in the tests: zones in every state, as a resolver meets them. */
import { Resolver } from 'node:dns/promises';
import { describe, expect, test } from 'vitest';
import { AuthoritativeServer, BROKEN_ZONE, noNsd, txtLine } from '../../support/authoritative-server.ts';

function resolverAt({ address }: AuthoritativeServer): Resolver {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([address]);
  return resolver;
}

describe.skipIf(noNsd)(`nsd as the authoritative server${noNsd ?? ''}`, () => {
  test('serves what is published, by TCP where UDP is too small, and what is published later', async () => {
    const long = 'x'.repeat(3_000);
    await using server = await AuthoritativeServer.start({
      zones: { 'example.test': txtLine('@', 'one') + txtLine('long', long) + 'alias IN CNAME long\n' },
    });
    const resolver = resolverAt(server);
    expect(await resolver.resolveTxt('example.test')).toEqual([['one']]);
    expect((await resolver.resolveTxt('alias.example.test'))[0]?.join('')).toBe(long);
    await server.publish('example.test', txtLine('@', 'two'));
    expect(await resolver.resolveTxt('example.test')).toEqual([['two']]);
  });

  test('fails for a broken zone, and refuses what it does not serve', async () => {
    await using server = await AuthoritativeServer.start({ zones: { 'broken.test': BROKEN_ZONE } });
    const resolver = resolverAt(server);
    await expect(resolver.resolveTxt('a.broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(resolver.resolveTxt('other.test')).rejects.toMatchObject({ code: 'EREFUSED' });
  });
});
