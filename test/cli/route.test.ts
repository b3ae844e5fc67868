/** `relayctl route`: what routes there are, and what would happen to an address. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

const ROUTES = `
[[route]]
name = "pause"
match = { account = "shop", stream = "broadcast" }
action = "hold"
reason = "the campaign waits"

[[route]]
name = "google"
match = { provider = ["google"] }
action = "relay"
host = "192.0.2.25"
username = "postern"
password = "correct horse"
tls = "verify"
fallback = "direct"
fallback_on = "unreachable"

[[route]]
name = "own"
match = ["example.org", "*.example.org"]
action = "direct"
pool = "bulk"
dkim = false
fallback = "smart"

[[route]]
name = "smart"
match = false
action = "relay"
host = "smtp.nowhere.test"

[[source]]
name = "out-1"
address = ["192.0.2.10", "2001:db8::10"]
hostname = "out-1.example.net"
pool = "bulk"
weight = 3

[[source]]
name = "out-2"
address = "192.0.2.11"
pool = "bulk"
`;

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.files['/srv/relay.toml'] = ROUTES;
  stage.mx.set('gmail.com', '5 gmail-smtp-in.l.google.com.');
  stage.mx.set('example.org', '10 mx.example.org.');
  stage.mx.set('example.com', '10 mx.example.com.');
});
afterEach(() => stage.dispose());

const routed = async (to: string, ...more: readonly string[]) =>
  (await stage.json('route', 'test', to, ...more)) as Readonly<Record<string, unknown>>;

test('route test says which rules of shaping are about an address, and their figures', async () => {
  stage.mx.set('yahoo.com', '1 mta5.am0.yahoodns.net.');
  expect(await routed('alice@yahoo.com')).toMatchObject({
    provider: 'yahoo',
    shaping: [{ rule: 'yahoo', per: ['provider', 'source'], messages_per_connection: 20, connections: null }],
  });
  expect(await stage.text('route', 'test', 'alice@yahoo.com')).toMatch(
    /limits +rule yahoo: 20 messages a connection/,
  );
  expect(await routed('alice@example.com')).toMatchObject({ shaping: [] });
});

describe('route list and show', () => {
  test('in their order, without secrets', async () => {
    const text = await stage.text('route', 'list');
    expect(text.split('\n').map((line) => line.split(' ', 1)[0])).toEqual([
      'ROUTE',
      'pause',
      'google',
      'own',
      'smart',
      '',
    ]);
    expect(text).toMatch(/google +provider google +to 192\.0\.2\.25:587 +direct/);
    expect(text).toMatch(/smart +nothing: a fallback alone/);
    expect(await stage.jsonLines('route', 'list')).toMatchObject([
      { name: 'pause', match: { accounts: ['shop'], streams: ['broadcast'] }, reason: 'the campaign waits' },
      { name: 'google', host: '192.0.2.25', port: 587, tls: 'verify', username: 'postern', auth: null },
      { name: 'own', pool: 'bulk', dkim: false, fallback: 'smart' },
      { name: 'smart', match: null, port: 25, tls: 'may', username: null },
    ]);
    const shown =
      (await stage.text('route', 'show', 'google')) + (await stage.text('route', 'list', '--json'));
    expect(shown).toContain('STARTTLS with a certificate that verifies, login as postern');
    expect(shown).not.toContain('correct horse');
  });

  test('says of a route that names an account which there is not', async () => {
    stage.openStore();
    expect((await stage.run(['route', 'list'])).err).toContain(
      'warning: route pause: there is no account shop',
    );
    await stage.text('account', 'add', 'shop');
    expect((await stage.run(['route', 'list'])).err).not.toContain('warning');
  });

  test('says where there are none', async () => {
    stage.files = {};
    expect(await stage.run(['route', 'list'])).toEqual({
      code: 0,
      out: '',
      err: 'There are no routes: all mail goes direct, to the MX hosts of its domain.\n',
    });
  });

  test('suggests the name that was meant', async () => {
    const { code, err } = await stage.run(['route', 'show', 'gogle']);
    expect(code).toBe(1);
    expect(err).toContain('did you mean google?');
  });

  test('refuses a provider that is not in the list', async () => {
    stage.files['/srv/relay.toml'] = ROUTES.replace('["google"]', '["gogle"]');
    const { code, err } = await stage.run(['config', 'check']);
    expect(code).toBe(1);
    expect(err).toContain(
      'route.google.match.provider: there is no provider "gogle"; did you mean "google"?',
    );
  });
});

describe('route test', () => {
  test('by the provider behind the MX hosts: a smart host', async () => {
    expect(await routed('alice@gmail.com')).toMatchObject({
      route: 'google',
      action: 'relay',
      outcome: 'handed to 192.0.2.25:587, the smart host',
      passed_over: [{ route: 'pause', because: 'account' }],
      provider: 'google',
      mx: { kind: 'hosts', hosts: [{ name: 'gmail-smtp-in.l.google.com', preference: 5 }] },
    });
  });

  test('by the domain: direct, from the sources of its pool, with its fallback', async () => {
    expect(await routed('bob@Example.ORG')).toMatchObject({ route: 'own', provider: null, action: 'direct' });
    const text = await stage.text('route', 'test', 'bob@example.org');
    expect(text).toMatch(/outcome +delivered direct, to mx\.example\.org/);
    expect(text).toMatch(/route +own, which matches domain example\.org, \*\.example\.org/);
    expect(text).toMatch(/passed by +pause: another account\n +google: another provider\n/);
    expect(text).toMatch(
      /leaves from +out-1: 192\.0\.2\.10, 2001:db8::10 as out-1\.example\.net \(75 % of the pool\)/,
    );
    expect(text).toMatch(/ +out-2: 192\.0\.2\.11 as mail\.example\.net \(25 % of the pool\)/);
    expect(text).toMatch(/signed +no\n/);
    expect(text).toMatch(
      /fallback +smart, when it cannot be reached or the port is closed here or this address/,
    );
    expect(text).toMatch(/now +nothing stands in its way/);
  });

  test('by no table: direct', async () => {
    expect(await routed('carol@example.com')).toMatchObject({
      route: 'direct',
      rule: null,
      sources: [],
      outcome: 'delivered direct, to mx.example.com',
    });
  });

  test('by account and stream: held, without a look at DNS', async () => {
    stage.openStore();
    await stage.text('account', 'add', 'shop');
    expect(await routed('alice@gmail.com', '--account', 'shop', '--stream', 'broadcast')).toMatchObject({
      route: 'pause',
      action: 'hold',
      mx: null,
      outcome: 'held until relayctl queue release (the campaign waits)',
    });
    const { code, err } = await stage.run(['route', 'test', 'a@gmail.com', '--stream', 'newz']);
    expect([code, err]).toEqual([1, expect.stringContaining('there is no stream newz')]);
  });

  test('where DNS does not tell the provider it says that the route is not known', async () => {
    stage.mxFailures.add('slow.test');
    expect(await routed('a@slow.test')).toMatchObject({ route: null, mx: { kind: 'failed' } });
    expect(await stage.text('route', 'test', 'a@slow.test')).toMatch(
      /outcome +it waits: which route decides/,
    );
  });

  test('a domain that takes no mail, one that there is not, a smart host without an address', async () => {
    stage.mx.set('null.test', '0 .');
    expect(await routed('a@null.test')).toMatchObject({
      outcome: 'it bounces: null.test takes no mail (null MX)',
    });
    expect(await routed('a@not.there.test')).toMatchObject({
      outcome: 'it bounces: the domain not.there.test does not exist',
    });
    stage.files['/srv/relay.toml'] = ROUTES.replace('match = false', 'match = "smart.test"');
    expect(await routed('a@smart.test')).toMatchObject({
      outcome: 'it waits for the smart host: smtp.nowhere.test has no address',
    });
  });

  test('says what stands in the way now', async () => {
    stage.openStore();
    await stage.text('suppression', 'add', 'bob@example.org');
    await stage.accept({ recipients: ['eve@example.org'] });
    await stage.text('destination', 'suspend', 'example.org');
    const { obstacles } = await routed('bob@example.org');
    expect(obstacles).toEqual([
      expect.stringMatching(/^bob@example\.org is suppressed \(manual\)/),
      expect.stringMatching(/^example\.org is suspended/),
    ]);
  });

  test('says what relayd has found wrong on its way', async () => {
    stage.openStore();
    stage.relayRuns();
    const failed = (name: 'egress' | 'smart_hosts') => ({ name, ok: false, detail: `${name} is wrong` });
    stage.relaySays([failed('egress'), failed('smart_hosts')]);
    expect(await routed('alice@gmail.com')).toMatchObject({
      obstacles: ['smart_hosts: smart_hosts is wrong'],
    });
    expect(await routed('carol@example.com')).toMatchObject({ obstacles: ['egress: egress is wrong'] });
  });

  test.each(['alice', 'alice@', '@example.org', 'a b@c d'])('%s is no address', async (typed) => {
    const { code, err } = await stage.run(['route', 'test', typed]);
    expect(code).toBe(2);
    expect(err).toContain('is not an address');
  });
});
