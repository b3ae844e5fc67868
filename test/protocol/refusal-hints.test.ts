/** What a refusal tells the client, who need not be who runs the relay, and what it tells the log. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Wire } from './support/dialogue.ts';
import { credential, domain, MESSAGE, startFixture, type Fixture } from './support/submission-fixture.ts';

/** Neither its id nor its name may be in a reply. */
const SECRETIVE = { id: 'crd_accounting', name: 'boss-of-shop' };

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
  relay.directory.domains.push(domain('second.test'));
});
afterEach(() => relay.stop());

async function loggedIn(): Promise<Wire> {
  const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
  await wire.reply();
  await wire.login();
  return wire;
}

const fixes = () => relay.log.flatMap(({ fix }) => (typeof fix === 'string' ? [fix] : []));

it.each([
  ['MAIL', { domains: ['second.test'] }, '--add-domain example.org'],
  ['MAIL', { fromAddresses: ['b@second.test'] }, '--add-from a@example.org'],
  ['From', { fromAddresses: ['b@example.org'] }, '--add-from a@example.org'],
] as const)(
  'at %s names the change to the client, and the credential to the log alone',
  async (_at, parts, option) => {
    relay.directory.credentials[0] = credential({ ...SECRETIVE, ...parts });
    const wire = await loggedIn();
    const mail = await wire.command('MAIL FROM:<a@example.org>');
    let said = mail;
    if (mail.startsWith('250')) {
      await wire.command('RSET');
      said = await wire.message('a@example.org', ['b@example.net'], MESSAGE);
    }
    wire.destroy();
    expect(said).toMatch(/^550 5\.7\.1 <a@example\.org>: this credential may only use /);
    expect(said.endsWith(`; fix: relayctl credential change ${option}`)).toBe(true);
    for (const word of Object.values(SECRETIVE)) expect(said).not.toContain(word);
    expect(fixes()).toEqual([`relayctl credential change crd_accounting ${option}`]);
  },
);

it.each([
  ['from another address', { networks: ['192.0.2.0/24'] }, '--add-allow-ip 127.0.0.1'],
  ['without the scope send', { scopes: ['messages:read'] }, '--add-scope send'],
])('of a login %s is the same', async (_what, parts, option) => {
  relay.directory.credentials[0] = credential({ ...SECRETIVE, ...parts });
  const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
  await wire.reply();
  const said = await wire.login();
  wire.destroy();
  expect(said).toMatch(/^550 5\.7\.1 /);
  expect(said.endsWith(`; fix: relayctl credential change ${option}`)).toBe(true);
  for (const word of Object.values(SECRETIVE)) expect(said).not.toContain(word);
  expect(fixes()).toEqual([`relayctl credential change crd_accounting ${option}`]);
});

it('of a domain that is not there names the same command to both', async () => {
  const wire = await loggedIn();
  const said = await wire.command('MAIL FROM:<a@third.test>');
  wire.destroy();
  expect(said).toContain('fix: relayctl domain add third.test');
  expect(relay.log.find(({ event }) => event === 'sender refused')).toMatchObject({
    credential: 'crd_1',
    reply: said,
  });
});
