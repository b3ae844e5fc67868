/** `[[route]]` and `[[source]]` tables: what they mean, what is wrong with them and where, and where their secrets come from. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { explainConfig } from '../../../src/config/explain.ts';
import { ROUTE_KEYS } from '../../../src/config/egress/route-table.ts';
import { SOURCE_KEYS } from '../../../src/config/egress/source-table.ts';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { MATCHES_NOTHING } from '../../../src/policy/egress/route-rules.ts';
import { inForceAtStart, planReload } from '../../../src/config/reload.ts';

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function load(toml: string, { env = {}, files = {} }: Given = {}): LoadedConfig {
  return loadConfig({
    path: 'relay.toml',
    env,
    readFile: (name) => {
      const text = { '/srv/relay.toml': toml, ...files }[name];
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
      return text;
    },
    defaultHostname: 'relay.test',
    cwd: '/srv',
  });
}

/** Each with its place. */
function faults(toml: string, given?: Given): readonly string[] {
  try {
    load(toml, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const routesOf = (toml: string, given?: Given) => load(toml, given).config.egress.routes;
const sourcesOf = (toml: string, given?: Given) => load(toml, given).config.egress.sources;
const route = (lines: string) => `[[route]]\nname = "office"\n${lines}\n`;
const source = (lines: string) => `[[source]]\nname = "one"\n${lines}\n`;
const relay = (lines: string) => route(`action = "relay"\nhost = "smtp.office.test"\n${lines}`);

describe('[[route]]', () => {
  test('none: all mail goes direct from the address of the machine', () => {
    expect(load('').config.egress).toEqual({ routes: [], sources: [] });
  });

  test('keeps the order of the file', () => {
    const toml = ['b', 'c', 'a'].map(
      (name) => `[[route]]\nname = "${name}"\naction = "hold"\nmatch = "x.test"`,
    );
    expect(routesOf(toml.join('\n')).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
  });

  test('matches a domain, domains below it, providers, accounts and streams', () => {
    const toml = `[[route]]
name = "office"
action = "direct"
[route.match]
domain = ["Bücher.test", "*.Example.com"]
provider = "google"
account = ["shop", "crm"]
stream = "broadcast"
`;
    expect(routesOf(toml)[0]?.match).toEqual({
      domains: ['xn--bcher-kva.test', '*.example.com'],
      providers: ['google'],
      accounts: ['shop', 'crm'],
      streams: ['broadcast'],
    });
  });

  const everything = { domains: [], providers: [], accounts: [], streams: [] };
  test.each([
    ['nothing', '', everything],
    ['a domain', 'match = "example.com"', { ...everything, domains: ['example.com'] }],
    ['a list of domains', 'match = ["a.test", "b.test"]', { ...everything, domains: ['a.test', 'b.test'] }],
    ['everything', 'match = "*"', everything],
    ['a table on one line', 'match = { stream = "news" }', { ...everything, streams: ['news'] }],
    ['false: a fallback alone', 'match = false', MATCHES_NOTHING],
  ])('written as %s', (_what, line, match) => {
    expect(routesOf(route(`action = "direct"\n${line}`))[0]?.match).toEqual(match);
  });

  test.each([
    ['without a login', '', { port: 25, tls: 'may', login: undefined }],
    ['with one', 'username = "u"\npassword = "p"', { port: 587, tls: 'verify' }],
    ['at the port of TLS', 'username = "u"\npassword = "p"\nport = 465', { port: 465, tls: 'implicit' }],
    ['with TLS at once', 'tls = "implicit"', { port: 465, tls: 'implicit' }],
    ['as it is written', 'port = 2525\ntls = "encrypt"', { port: 2525, tls: 'encrypt' }],
  ])('a smart host %s has the port and TLS that are usual', (_what, lines, expected) => {
    expect(routesOf(relay(lines))[0]?.smartHost).toMatchObject({ host: 'smtp.office.test', ...expected });
  });

  test('says what holds where nothing is written', () => {
    expect(routesOf(route('action = "direct"'))[0]).toMatchObject({
      smartHost: undefined,
      dkim: true,
      fallback: undefined,
      fallbackOn: ['unreachable', 'port-closed', 'blocked'],
      pool: undefined,
      keepSource: false,
      reason: undefined,
    });
  });

  test.each<[string, string, RegExp]>([
    [
      'a key that is mistyped',
      relay('prot = 25'),
      /^relay.toml:5: route.office.prot: .* did you mean port\?/,
    ],
    [
      'an unknown key',
      relay('flavour = 1'),
      /^relay.toml:5: route.office.flavour: .* \[\[route\]\] takes name,/,
    ],
    ['a port', relay('port = 99999'), /^relay.toml:5: route.office.port: 99999 is not .* from 1 to 65535/],
    [
      'a port in the host',
      '[[route]]\nname = "office"\naction = "relay"\nhost = "mx.test:25"',
      /:4: .*has a port/,
    ],
    ['no name', '[[route]]\naction = "hold"', /^relay.toml:1: route.1.name: is missing; accepted: a name/],
    ['no action', route(''), /route.office.action: is missing; accepted: "direct", "relay"/],
    ['an action', route('action = "bin"'), /:3: route.office.action: "bin" is not one of/],
    ['no host', route('action = "relay"'), /route.office.host: is missing/],
    [
      'a host where mail goes direct',
      route('action = "direct"\nhost = "a.test"'),
      /:4: .* of no use with action = "direct"/,
    ],
    ['a domain', route('action = "hold"\nmatch = "a..b"'), /:4: route.office.match: .*has "a..b"/],
    [
      'a key of match',
      '[[route]]\nname = "office"\naction = "hold"\n[route.match]\n\ndomian = "a.test"',
      /^relay.toml:6: route.office.match.domian: there is no such key; did you mean match.domain\?/,
    ],
    [
      'one table alone',
      '[route]\nname = "office"',
      /^relay.toml:1: route: is a list of tables: write \[\[route\]\]/,
    ],
    ['a name twice', route('action = "hold"') + route('action = "hold"'), /:5: route.office.name: another/],
    [
      'names that fold together',
      '[[route]]\nname="a-b"\naction="hold"\n[[route]]\nname="A_B"\naction="hold"',
      /:5: route.A_B.name/,
    ],
    [
      'the name of what needs no table',
      '[[route]]\nname = "direct"\naction = "hold"',
      /:2: route.direct.name: "direct" is the name/,
    ],
    [
      'a password in clear',
      relay('tls = "may"\nusername = "u"\npassword = "p"'),
      /:5: route.office.tls: .* in clear/,
    ],
    [
      'a login without a secret',
      relay('username = "u"'),
      /:5: route.office.username: needs a password: password_file, or RELAY_ROUTE__OFFICE__PASSWORD_FILE/,
    ],
    ['a secret without a login', relay('password = "p"'), /:5: route.office.password: needs username/],
    [
      'two places of a secret',
      relay('username = "u"\npassword = "p"\npassword_file = "f"'),
      /:7: .*two places/,
    ],
    [
      'a fallback that is not there',
      route('action = "direct"\nfallback = "smrt"\n[[route]]\nname = "smart"\naction = "direct"'),
      /:4: route.office.fallback: there is no route "smrt"; did you mean "smart"\?/,
    ],
    ['a fallback to itself', route('action = "direct"\nfallback = "office"'), /:4: .* is the route itself/],
    [
      'a fallback that does not send',
      route('action = "direct"\nfallback = "x"\n[[route]]\nname = "x"\naction = "hold"'),
      /:4: .* does not send/,
    ],
    [
      'fallbacks in a chain',
      route(
        'action = "direct"\nfallback = "x"\n[[route]]\nname = "x"\naction = "direct"\nfallback = "direct"',
      ),
      /:4: .* has a fallback itself/,
    ],
    [
      'causes without a fallback',
      route('action = "direct"\nfallback_on = "blocked"'),
      /:4: .* needs fallback/,
    ],
    [
      'a cause',
      route('action = "direct"\nfallback = "direct"\nfallback_on = ["blocked", "rain"]'),
      /:5: .* "rain", which is no cause/,
    ],
    [
      'a pool without sources',
      route('action = "direct"\npool = "bulk"'),
      /:4: route.office.pool: "bulk" has no source/,
    ],
    [
      'a fallback that is not there, and proposes none to itself',
      route('action = "direct"\nfallback = "offise"'),
      /:4: route.office.fallback: there is no route "offise"; others are direct/,
    ],
    [
      'a match that came out empty',
      route('action = "discard"\nmatch = []'),
      /:4: route.office.match: is an empty list/,
    ],
    [
      'a list of a match that came out empty',
      route('action = "discard"\nmatch = { stream = "s", account = [] }'),
      /:4: route.office.match.account: is an empty list/,
    ],
    [
      'a host with a login in it, which is not shown',
      route('action = "relay"\nhost = "smtp://me:hunter2@smtp.example.net"'),
      /:4: route.office.host: "smtp:\/\/\*\*\*@smtp.example.net" is not a host/,
    ],
    ['lines in a reason', route('action = "reject"\nreason = "a\\nb"'), /:4: .* control character/],
  ])('refuses %s, at its line', (_what, toml, expected) => {
    const found = faults(toml);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  test('all faults are said at once', () => {
    expect(faults(`${relay('port = 0\ntls = "x"')}[[route]]\nname = "b"\naction = "x"`)).toHaveLength(3);
  });

  test('a login in clear may go to this machine', () => {
    const toml = route('action = "relay"\nhost = "127.0.0.1"\nusername = "u"\npassword = "p"');
    expect(routesOf(toml)[0]?.smartHost).toMatchObject({ tls: 'may' });
  });

  test('a fallback to `direct` needs no table', () => {
    expect(routesOf(relay('fallback = "direct"'))[0]?.fallback).toBe('direct');
  });

  test('warns of a route that nothing reaches', () => {
    const last = '[[route]]\nname = "late"\nmatch = "a.test"\naction = "hold"\n';
    expect(load(route('action = "direct"') + last).warnings).toEqual([
      'route.late: is never reached: route.office before it matches everything',
    ]);
    expect(load(route('action = "hold"\nmatch = false')).warnings).toEqual([
      'route.office.match: is false, and no route has it as its fallback',
    ]);
  });

  test('comes from the environment as JSON', () => {
    const env = { RELAY_ROUTE: JSON.stringify([{ name: 'all', action: 'hold' }]) };
    expect(routesOf('', { env })).toMatchObject([{ name: 'all', action: 'hold' }]);
    expect(faults('', { env: { RELAY_ROUTE: '[{"name":"all","action":"x"}]' } })).toEqual([
      expect.stringMatching(/^RELAY_ROUTE: route.all.action: "x" is not one of/),
    ]);
    expect(faults('', { env: { RELAY_ROUTE: 'all' } })).toEqual([
      expect.stringMatching(/is a list of tables/),
    ]);
  });
});

describe('the password of a smart host', () => {
  const SECRET = 'correct horse';
  const login = (lines: string) => relay(`username = "u"\n${lines}`);
  const passwordOf = (toml: string, given?: Given) => routesOf(toml, given)[0]?.smartHost?.login?.password;

  test.each<[string, string, Given]>([
    ['the table', login(`password = "${SECRET}"`), {}],
    [
      'a file that the table names',
      login('password_file = "secret"'),
      { files: { '/srv/secret': `${SECRET}\n` } },
    ],
    ['the environment', login(''), { env: { RELAY_ROUTE__OFFICE__PASSWORD: SECRET } }],
    [
      'a file that the environment names',
      login('password = "older"'),
      { env: { RELAY_ROUTE__OFFICE__PASSWORD_FILE: '/run/s' }, files: { '/run/s': SECRET } },
    ],
  ])('comes from %s', (_where, toml, given) => {
    expect(passwordOf(toml, given)).toBe(SECRET);
  });

  test.each<[string, string, Given, RegExp]>([
    [
      'a file that is not there',
      login('password_file = "s"'),
      {},
      /^relay.toml:6: route.office.password_file: cannot read s/,
    ],
    [
      'an empty file',
      login('password_file = "s"'),
      { files: { '/srv/s': '\n' } },
      /the secret in s is empty/,
    ],
    [
      'both variables',
      login(''),
      { env: { RELAY_ROUTE__OFFICE__PASSWORD: 'x', RELAY_ROUTE__OFFICE__PASSWORD_FILE: 's' } },
      /^RELAY_ROUTE__OFFICE__PASSWORD_FILE: .* given twice/,
    ],
    [
      'a variable of no route',
      login('password = "x"'),
      { env: { RELAY_ROUTE__OFICE__PASSWORD: SECRET } },
      /^RELAY_ROUTE__OFICE__PASSWORD: no route takes it; did you mean RELAY_ROUTE__OFFICE__PASSWORD\?/,
    ],
  ])('refuses %s', (_what, toml, given, expected) => {
    const found = faults(toml, given);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
    expect(found.join()).not.toContain(SECRET);
  });

  test('is not shown, neither by config show nor by a reload nor by an error', () => {
    const before = load(login(`password = "${SECRET}"`));
    const after = load(login(`password = "${SECRET} battery"`));
    const plan = planReload(inForceAtStart(before), after);
    expect(plan.changed).toEqual(['route']);
    expect(JSON.stringify([explainConfig(before), plan.described])).not.toContain(SECRET);
    expect(explainConfig(before).find(({ key }) => key === 'route')?.text).toContain('password = "(secret)"');
    const shown = explainConfig(before).find(({ key }) => key === 'route')?.text ?? '';
    // It is TOML, on one line.
    expect(faults(`route = ${shown}`)).toEqual([]);
    expect(shown).not.toContain('\n');
    expect(faults(login(`password = ["${SECRET}"]`)).join()).not.toContain(SECRET);
    expect(faults(`route = "${SECRET}"`).join()).not.toContain(SECRET);
  });

  test('the permissions of the files with secrets are checked', () => {
    expect(load(login(`password = "${SECRET}"`)).secretFiles).toEqual(['/srv/relay.toml']);
    const files = { '/srv/s': SECRET };
    expect(load(login('password_file = "s"'), { files }).secretFiles).toEqual(['/srv/s']);
    const env = { RELAY_ROUTE__OFFICE__PASSWORD_FILE: '/srv/s' };
    expect(load(login(''), { files, env }).secretFiles).toEqual(['/srv/s']);
  });

  test('a new one in the file is taken at a reload', () => {
    const with_ = (secret: string) => load(login('password_file = "s"'), { files: { '/srv/s': secret } });
    const { changed, inForce } = planReload(inForceAtStart(with_('a')), with_('b'));
    expect(changed).toEqual(['route']);
    expect(inForce.config.egress.routes[0]?.smartHost?.login?.password).toBe('b');
  });
});

describe('the guide', () => {
  const guide = readFileSync(new URL('../../../docs/routes.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/^```toml\n(.*?)^```$/gms)].map(([, toml = '']) => toml);

  test('has blocks that are taken as they stand', () => {
    expect(blocks.length).toBeGreaterThan(2);
    const secrets = ['smart-host', 'google'].map((name) => [`/etc/postern/${name}.password`, 'secret']);
    for (const toml of blocks)
      expect(faults(toml, { files: Object.fromEntries(secrets) as never })).toEqual([]);
  });

  test('names every key', () => {
    for (const key of [...ROUTE_KEYS, ...SOURCE_KEYS]) expect(guide).toContain(`\`${key}\``);
  });
});

describe('[[source]]', () => {
  test('has what the relay has where nothing is written', () => {
    expect(sourcesOf(`hostname = "mail.test"\n${source('address = "192.0.2.1"')}`)).toEqual([
      {
        name: 'one',
        addresses: ['192.0.2.1'],
        hostname: 'mail.test',
        pool: 'default',
        weight: 1,
        clientCertificate: undefined,
        hop: undefined,
        warmUp: undefined,
      },
    ]);
  });

  test('has an address of each family, a name, a pool, a weight, a hop and a plan', () => {
    const toml = `[[route]]\nname = "news"\naction = "direct"\npool = "bulk"\n${source(
      `address = ["192.0.2.1", "2001:DB8::1"]\nhostname = "Out1.test"\npool = "bulk"\nweight = 3
hop = "socks5://[2001:db8::2]:1080"\nwarm_up = { start = "2026-12-01", plan = "slow" }`,
    )}`;
    expect(sourcesOf(toml)[0]).toMatchObject({
      addresses: ['192.0.2.1', '2001:db8::1'],
      hostname: 'out1.test',
      pool: 'bulk',
      weight: 3,
      hop: { kind: 'socks5', at: { host: '2001:db8::2', port: 1080 } },
      warmUp: { plan: 'slow', startsAtMs: Date.UTC(2026, 11, 1) },
    });
  });

  test.each([
    ['a text', '"2026-12-01"', { plan: 'default', startsAtMs: Date.UTC(2026, 11, 1) }],
    ['a date of TOML', '2026-12-01', { plan: 'default', startsAtMs: Date.UTC(2026, 11, 1) }],
    ['false', 'false', undefined],
  ])('warms up from a day written as %s', (_what, day, expected) => {
    expect(sourcesOf(source(`address = "192.0.2.1"\nwarm_up = ${day}`))[0]?.warmUp).toEqual(expected);
  });

  test.each<[string, string, RegExp]>([
    ['no address', '', /^relay.toml:1: source.one.address: is missing/],
    ['no address of its own', 'address = "::"', /:3: source.one.address: .* the system chooses one/],
    [
      'a hop with a login, which is not shown',
      'address = "127.0.0.1"\nhop = "socks5://me:hunter2@127.0.0.1:1080"',
      /:4: source.one.hop: "socks5:\/\/\*\*\*@127.0.0.1:1080" is not/,
    ],
    ['a name as address', 'address = "a.test"', /:3: source.one.address: .* not an address/],
    [
      'two addresses of a family',
      'address = ["192.0.2.1", "192.0.2.2"]',
      /:3: .* two addresses of one family/,
    ],
    ['a weight', 'address = "192.0.2.1"\nweight = 0', /:4: source.one.weight: 0 is not/],
    ['a hop', 'address = "192.0.2.1"\nhop = "http://a.test:1"', /:4: .* is not the address of a hop/],
    ['a warm-up without a day', 'address = "192.0.2.1"\nwarm_up = true', /:4: .* first day/],
    ['a day that there is not', 'address = "192.0.2.1"\nwarm_up = "2026-02-30"', /:4: .* there is not/],
    [
      'a certificate without a key',
      'address = "192.0.2.1"\nclient_cert = "c"',
      /:4: source.one.client_cert: needs client_key/,
    ],
    [
      'a certificate that is not there',
      'address = "192.0.2.1"\nclient_cert = "c"\nclient_key = "k"',
      /:4: .* cannot read c/,
    ],
    [
      'a key that is mistyped',
      'adress = "192.0.2.1"\naddress = "192.0.2.1"',
      /:3: source.one.adress: .* did you mean address\?/,
    ],
  ])('refuses %s, at its line', (_what, lines, expected) => {
    expect(faults(source(lines))[0]).toMatch(expected);
  });

  test('warns of an address that two of a pool share, and of a pool that no route names', () => {
    const two = (pool: string) =>
      ['one', 'two'].map((name) => `[[source]]\nname = "${name}"\naddress = "192.0.2.1"\n${pool}`).join('\n');
    expect(load(two('')).warnings).toEqual([
      'source.two.address: has 192.0.2.1, which source.one of the same pool has too',
    ]);
    expect(load(source('address = "192.0.2.1"\npool = "bulk"')).warnings).toEqual([
      'source.pool: no route has pool = "bulk", so nothing leaves from its sources',
    ]);
  });

  test('a change of the relay’s name reaches the sources that have it', () => {
    const with_ = (name: string) => load(`hostname = "${name}"\n${source('address = "192.0.2.1"')}`);
    const { inForce } = planReload(inForceAtStart(with_('a.test')), with_('b.test'));
    expect(inForce.config.egress.sources[0]?.hostname).toBe('b.test');
  });

  test('reads its client certificate, and refuses one without its key', () => {
    const fixture = (name: string) =>
      readFileSync(new URL(`../../fixtures/test-only-${name}.pem`, import.meta.url), 'utf8');
    const [cert, key] = [fixture('certificate'), fixture('key')];
    const toml = source('address = "192.0.2.1"\nclient_cert = "c"\nclient_key = "k"');
    expect(sourcesOf(toml, { files: { '/srv/c': cert, '/srv/k': key } })[0]?.clientCertificate).toEqual({
      cert,
      key,
    });
    const found = faults(toml, { files: { '/srv/c': cert, '/srv/k': 'not PEM' } });
    expect(found).toEqual([
      expect.stringMatching(/:4: source.one.client_cert: and client_key are no certificate/),
    ]);
  });
});
