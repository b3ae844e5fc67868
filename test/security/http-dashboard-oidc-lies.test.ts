/** An OpenID Connect provider that is down, slow, or says what does not hold: nobody is signed in, and the page says so. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { createProviderFetch } from '../../src/http/dashboard/oidc/provider-fetch.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { invited } from './support/dashboard-person.ts';
import { LyingProvider } from './support/lying-oidc-provider.ts';
import { CALLBACK, oidcStage, Visitor, type OidcStage } from './support/oidc-stage.ts';
import { CLIENT_SECRET } from './support/real-oidc-provider.ts';

interface Setting extends OidcStage {
  readonly provider: LyingProvider;
}

const CAROL = { email: 'carol@example.org', email_verified: true };

async function setting(): Promise<Setting> {
  const made = await oidcStage({ env: { RELAY_HTTP__TRUSTED_PROXIES: '127.0.0.1' } });
  const provider = await LyingProvider.start(CLIENT_SECRET);
  made.configure(provider.issuer);
  await invited(made.relay);
  return { ...made, provider };
}

/** Resolves to the path where the browser ends up. The nonce is the right one where the claims say none. */
async function signIn(
  { url, provider }: Setting,
  visitor: Visitor,
  claims: object = {},
  query = '',
): Promise<string> {
  const address = await visitor.providerAddress(url);
  const { state = '', nonce } = Object.fromEntries(address.searchParams);
  provider.claims = { ...CAROL, nonce, ...claims };
  const { location } = await visitor.comeBack(`${url}${CALLBACK}?code=a-code&state=${state}${query}`);
  return location.slice(url.length);
}

/** What holds as a token, and names nobody. */
const isRefused = ({ sub }: Record<string, any>) => sub === '' || sub?.length === 300;

test('an ID token that holds signs in, and every other does not', async () => {
  const made = await setting();
  const { url, provider, relay } = made;
  const now = Math.floor(systemClock.now() / 1000);
  const lies: readonly Record<string, any>[] = [
    { nonce: 'another' },
    { nonce: undefined },
    { iss: 'https://evil.example' },
    { iss: undefined },
    { aud: 'another-client' },
    { aud: ['postern', 'another-client'] },
    { aud: undefined },
    { exp: now - 3_600 },
    { exp: undefined },
    { iat: undefined },
    { sub: undefined },
    { sub: '' },
    { sub: 'x'.repeat(300) },
    { sub: 42 },
  ];
  for (const [at, claims] of lies.entries()) {
    // Failures count by the client's address.
    const visitor = new Visitor(`192.0.2.${at}`);
    const place = await signIn(made, visitor, claims);
    expect([claims, place]).toEqual([claims, `/ui/?sign-in=${isRefused(claims) ? 'refused' : 'failed'}`]);
    expect(await visitor.person(url)).toBeUndefined();
  }
  expect(relay.log.filter(({ event }) => event === 'sign-in failed')).toHaveLength(lies.length);
  const visitor = new Visitor();
  expect(await signIn(made, visitor)).toBe('/ui/');
  expect(await visitor.person(url)).toMatchObject({ email: CAROL.email });
  expect(provider.asked).toContain('/jwks');
});

test.each(['with another key', 'not at all', 'with the client secret'] as const)(
  'an ID token that is signed %s signs nobody in, whatever the provider says of algorithms',
  async (signs) => {
    const made = await setting();
    made.provider.signs = signs;
    for (const algorithms of [['RS256'], ['RS256', 'none', 'HS256'], undefined]) {
      made.provider.metadata = { id_token_signing_alg_values_supported: algorithms };
      made.configure(made.provider.issuer, { clientId: 'x' });
      await new Visitor().begin(made.url);
      made.configure(made.provider.issuer);
      const visitor = new Visitor();
      expect(await signIn(made, visitor)).toBe('/ui/?sign-in=failed');
      expect(await visitor.person(made.url)).toBeUndefined();
    }
    made.provider.signs = 'well';
    expect(await signIn(made, new Visitor())).toBe('/ui/');
  },
);

test('what the provider refuses, or answers instead of a token, is said without its words', async () => {
  const made = await setting();
  const { provider, relay } = made;
  const answers: [string, number, string, string][] = [
    [
      'application/json',
      400,
      '{"error":"invalid_grant","error_description":"<script>x</script>"}',
      'invalid_grant',
    ],
    ['application/json', 500, '{}', ''],
    ['text/html', 200, '<h1>Welcome</h1>', ''],
    ['application/json', 200, '{"access_token":"a","token_type":"Bearer"}', ''],
    ['application/json', 200, '{"access_token":', ''],
    ['application/json', 200, `"${'x'.repeat(300 * 1024)}"`, 'more than 262144 octets'],
  ];
  for (const [type, status, body, said] of answers) {
    provider.instead.set('/token', (_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    expect(await signIn(made, new Visitor())).toBe('/ui/?sign-in=failed');
    expect(JSON.stringify(relay.log.findLast(({ event }) => event === 'sign-in failed'))).toContain(said);
  }
  let asked = 0;
  provider.instead.set('/elsewhere', (_request, response) => void response.end(String(asked++)));
  provider.instead.set('/token', (_request, response) => {
    response.writeHead(307, { location: `${provider.issuer}/elsewhere` }).end();
  });
  expect(await signIn(made, new Visitor())).toBe('/ui/?sign-in=failed');
  expect(asked).toBe(0);
  provider.instead.delete('/token');
  const { url } = made;
  const visitor = new Visitor();
  const state = (await visitor.providerAddress(url)).searchParams.get('state') ?? '';
  const denied = `${url}${CALLBACK}?error=access_denied&error_description=%3Cscript%3E&state=${state}`;
  const back = await visitor.comeBack(denied);
  expect([back.location, back.body]).toEqual([`${url}/ui/?sign-in=failed`, '']);
});

test('a provider that is down, or whose description does not hold, is said at the sign-in page', async () => {
  const made = await setting();
  const { url, provider, configure } = made;
  const said = async () => {
    const { status, body } = await new Visitor().begin(url);
    expect(body).not.toMatch(/at .*\.ts|node_modules/);
    return [status, (JSON.parse(body) as { error?: { code: string } }).error?.code];
  };
  const descriptions = [
    { issuer: 'https://evil.example' },
    { issuer: `${provider.issuer}/realms/staff` },
    { authorization_endpoint: 'javascript:alert(1)' },
    { authorization_endpoint: 'http://evil.example/auth' },
    { authorization_endpoint: 42 },
  ];
  // Each is asked anew: another client.
  let clients = 0;
  for (const metadata of descriptions) {
    provider.metadata = metadata;
    configure(provider.issuer, { clientId: `client-${clients++}` });
    expect([metadata, await said()]).toEqual([metadata, [503, 'unavailable']]);
  }
  const path = '/.well-known/openid-configuration';
  for (const [status, body] of [
    [404, '{}'],
    [500, 'down'],
    [302, ''],
    [200, '<html>'],
    [200, `"${'x'.repeat(300 * 1024)}"`],
  ] as const) {
    provider.instead.set(path, (_request, response) => {
      const headers = { 'content-type': 'application/json', location: `${provider.issuer}/elsewhere` };
      response.writeHead(status, headers).end(body);
    });
    configure(provider.issuer, { clientId: `client-${clients++}` });
    expect(await said()).toEqual([503, 'unavailable']);
  }
  expect(provider.asked).not.toContain('/elsewhere');
  // A provider that failed is not asked again at once, however many try.
  const asked = provider.asked.length;
  await said();
  await said();
  expect(provider.asked).toHaveLength(asked);
  configure('http://127.0.0.1:9');
  expect(await said()).toEqual([503, 'unavailable']);
});

const nothing = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
const resolver = { a: nothing, aaaa: nothing };
const GET = { method: 'GET', headers: {}, body: undefined, redirect: 'manual' } as const;

test('an answer that does not come, or does not end, is given up after ten seconds', async () => {
  const clock = new VirtualClock();
  for (const begins of [false, true]) {
    const arrived = Promise.withResolvers<undefined>();
    const server = createServer((_request, response) => {
      if (begins) response.write('{');
      arrived.resolve(undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const issuer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const answer = createProviderFetch({ issuer, resolver, clock })(issuer.href, GET);
    const failed = expect(answer).rejects.toThrow('has not answered within 10 s');
    await arrived.promise;
    await clock.advance(10_000);
    await failed;
  }
});

test('hosts that the issuer names are reached by https in public networks alone; its own may be private', async () => {
  const resolving = {
    ...resolver,
    a: () => Promise.resolve({ kind: 'found', records: ['10.0.0.1'] } as never),
  };
  const fetchFor = (issuer: string) =>
    createProviderFetch({ issuer: new URL(issuer), resolver: resolving, clock: systemClock });
  const refusing = fetchFor('https://id.example.com');
  for (const url of [
    'https://10.0.0.1/token',
    'https://[::1]/token',
    'https://127.0.0.1:1/jwks',
    'https://internal.example/jwks',
    'https://localhost/jwks',
  ])
    await expect(refusing(url, GET)).rejects.toThrow('not a public address');
  for (const url of [
    'http://id.example.com/token',
    'http://127.0.0.1/token',
    'file:///etc/passwd',
    'ftp://id.example.com/',
  ])
    await expect(refusing(url, GET)).rejects.toThrow('not reached by https');
  await expect(fetchFor('http://127.0.0.1:1')('http://evil.example/', GET)).rejects.toThrow(
    'not reached by https',
  );
  await expect(fetchFor('https://127.0.0.1:1')('https://127.0.0.1:1/', GET)).rejects.toThrow('ECONNREFUSED');
});

test('an address is verified where it is said: not by what the other document says of another', async () => {
  const made = await setting();
  const { provider, url } = made;
  provider.metadata = { userinfo_endpoint: `${provider.issuer}/userinfo` };
  const both = [
    [
      { email: undefined, email_verified: true },
      { email: 'carol@example.org', email_verified: false },
    ],
    [{ email: undefined, email_verified: true }, { email: 'carol@example.org' }],
    [{ email: 'carol@example.org', email_verified: undefined }, { email_verified: true }],
  ] as const;
  made.configure(provider.issuer, { rolesClaim: 'groups', roles: [{ value: 'staff', role: 'read-only' }] });
  for (const [at, [inToken, inUserinfo]] of both.entries()) {
    provider.instead.set('/userinfo', (_request, response) => {
      const said = { sub: 'carol-1', groups: ['staff'], ...inUserinfo };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(said));
    });
    const visitor = new Visitor(`198.51.100.${at}`);
    expect([at, await signIn(made, visitor, inToken)]).toEqual([at, '/ui/?sign-in=refused']);
    expect(await visitor.person(url)).toBeUndefined();
  }
  expect(provider.asked.filter((path) => path === '/userinfo')).toHaveLength(both.length);
});
