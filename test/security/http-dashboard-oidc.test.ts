/** Signing in to the dashboard by a real OpenID Connect provider: the way there and back, who comes in, and who is kept out. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { MINUTE_MS } from '../../src/platform/time-units.ts';
import { stage } from '../http/support/http-stage.ts';
import { Browser, invited, PASSWORD, signedIn } from './support/dashboard-person.ts';
import { CALLBACK, oidcStage, Visitor, type OidcStage } from './support/oidc-stage.ts';
import { CLIENT_SECRET, realProvider, type RealProvider } from './support/real-oidc-provider.ts';

const CAROL = { email: 'Carol@example.org', email_verified: true, name: 'Carol' };

interface Setting extends OidcStage {
  readonly provider: RealProvider;
}

async function setting(
  parts: Parameters<OidcStage['configure']>[1] = {},
  claimsInToken = false,
): Promise<Setting> {
  const made = await oidcStage({ env: { RELAY_HTTP__TRUSTED_PROXIES: '127.0.0.1' } });
  const accounts = { 'sub-carol': CAROL };
  const provider = await realProvider({ redirectUri: made.redirectUri, accounts, claimsInToken });
  made.configure(provider.issuer, parts);
  return { ...made, provider };
}

const lastActions = async ({ relay }: OidcStage, count: number) =>
  (await relay.reader.auditLines({}, count)).map(({ action }) => action);
const idOf = async ({ relay }: OidcStage, email = 'carol@example.org') =>
  (await relay.reader.findPerson(email))!.id;

test.each([false, true])(
  'a person signs in through the provider’s forms, and is known by the subject afterwards (claims in the ID token: %s)',
  async (inToken) => {
    const made = await setting({}, inToken);
    const { relay, url, provider } = made;
    await invited(relay);
    const visitor = new Visitor();
    const address = await visitor.providerAddress(url, '/ui/messages?state=bounced');
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      ...{
        response_type: 'code',
        client_id: 'postern',
        redirect_uri: url + CALLBACK,
        scope: 'openid email profile',
      },
      ...{ code_challenge_method: 'S256', code_challenge: expect.stringMatching(/^[\w-]{43}$/) },
      ...{ state: expect.stringMatching(/^[\w-]{43}$/), nonce: expect.stringMatching(/^[\w-]{43}$/) },
    });
    const callback = await visitor.throughForms(address, 'sub-carol', made.redirectUri);
    const back = await visitor.comeBack(callback);
    expect([back.status, back.location]).toEqual([303, `${url}/ui/messages?state=bounced`]);
    expect(back.setCookies).toEqual([
      expect.stringMatching(/^postern-oidc=; Max-Age=0; Path=\/ui; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^postern=[\w-]{43}; Path=\/ui; HttpOnly; SameSite=Strict$/),
    ]);
    expect(back.headers['referrer-policy']).toBe('no-referrer');
    expect(back.headers['cache-control']).toBe('no-store');
    expect(await visitor.person(url)).toMatchObject({ email: 'carol@example.org' });
    expect(await lastActions(made, 2)).toEqual(['user sign in', 'user link']);
    expect(await relay.reader.identityOf(await idOf(made))).toMatchObject({
      issuer: provider.issuer,
      subject: 'sub-carol',
    });

    provider.accounts['sub-carol'] = { email: 'new@example.org', email_verified: false };
    const again = new Visitor();
    expect((await again.signIn(made, 'sub-carol')).location).toBe(`${url}/ui/`);
    expect(await again.person(url)).toMatchObject({ email: 'carol@example.org' });

    const said = JSON.stringify(relay.log);
    for (const secret of [CLIENT_SECRET, ...new URL(callback).searchParams.values()].filter(
      (one) => one !== provider.issuer,
    ))
      expect(said).not.toContain(secret);
  },
);

test('the session is one as any: a role is gone at once, suspension ends it, unlinking too', async () => {
  const made = await setting();
  const { relay, url } = made;
  await invited(relay);
  const visitor = new Visitor();
  await visitor.signIn(made, 'sub-carol');
  const status = async () =>
    (await visitor.visit(`${url}/ui/api/v1/messages`, { headers: { 'sec-fetch-site': 'same-origin' } }))
      .status;
  expect(await status()).toBe(200);
  await relay.store.people.changePerson(await idOf(made), { grants: [] }, systemClock.now(), 'test');
  expect(await status()).toBe(403);
  await relay.store.people.unlinkIdentity(await idOf(made), systemClock.now(), 'test');
  expect(await status()).toBe(401);
});

test('what begins a sign-in is for the dashboard’s own page, in a cookie for ten minutes', async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const made = await oidcStage({ clock });
  const { relay, url, redirectUri } = made;
  const provider = await realProvider({ redirectUri, accounts: { 'sub-carol': CAROL } });
  made.configure(provider.issuer);
  await invited(relay);
  const visitor = new Visitor();
  const { setCookies } = await visitor.begin(url);
  expect(setCookies).toEqual([
    expect.stringMatching(/^postern-oidc=[\w-]+; Max-Age=600; Path=\/ui; HttpOnly; SameSite=Lax$/),
  ]);
  for (const headersOf of [
    { origin: 'http://evil.example' },
    { origin: url, 'sec-fetch-site': 'cross-site' },
    {},
  ]) {
    const answer = await visitor.visit(`${url}/ui/api/session/oidc`, {
      ...{ method: 'POST', body: '{}' },
      headers: { 'content-type': 'application/json', ...headersOf },
    });
    expect(answer.status).toBe(403);
  }
  const callback = await visitor.throughForms(await visitor.providerAddress(url), 'sub-carol', redirectUri);
  aheadMs = 10 * MINUTE_MS;
  expect((await visitor.comeBack(callback)).location).toBe(`${url}/ui/?sign-in=expired`);
  Object.assign(relay.config.dashboard, { url: 'https://relay.example.com' });
  const secure = await new Browser(relay).call('/ui/api/session/oidc', {
    body: {},
    headers: { host: 'relay.example.com', origin: 'https://relay.example.com' },
  });
  expect(secure.headers['set-cookie']).toEqual([
    expect.stringMatching(
      /^__Host-postern-oidc=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ),
  ]);
});

test('a callback is good once, in the browser that began, with its own state', async () => {
  const made = await setting();
  const { relay, url, redirectUri } = made;
  await invited(relay);
  const [victim, attacker] = [new Visitor(), new Visitor()];
  const callback = await attacker.throughForms(await attacker.providerAddress(url), 'sub-carol', redirectUri);
  const expired = `${url}/ui/?sign-in=expired`;
  // Without the cookie, and with one of the victim's own: signing in as somebody else.
  expect((await victim.comeBack(callback)).location).toBe(expired);
  const own = await victim.providerAddress(url);
  expect((await victim.comeBack(callback)).location).toBe(expired);
  // The state that fits the cookie, with a code of another sign-in: PKCE and nonce are not its.
  const mixed = new URL(callback);
  mixed.searchParams.set('state', own.searchParams.get('state') ?? '');
  expect((await victim.comeBack(mixed.href)).location).toBe(`${url}/ui/?sign-in=failed`);
  expect(await victim.person(url)).toBeUndefined();

  const carol = new Visitor();
  const good = await carol.throughForms(await carol.providerAddress(url), 'sub-carol', redirectUri);
  const swapped = new URL(good);
  swapped.searchParams.set('state', 'x'.repeat(43));
  expect((await carol.comeBack(swapped.href)).location).toBe(expired);
  swapped.searchParams.delete('state');
  expect((await carol.comeBack(swapped.href)).location).toBe(expired);
  const cookie = carol.cookie(url, 'postern-oidc') ?? '';
  for (const [name, value] of [
    ['sec-fetch-dest', 'iframe'],
    ['sec-fetch-dest', 'image'],
    ['sec-fetch-mode', 'cors'],
  ] as const)
    expect((await carol.visit(good, { headers: { [name]: value } })).status).toBe(403);
  expect((await carol.comeBack(good)).location).toBe(`${url}/ui/`);
  expect(await carol.person(url)).toBeDefined();

  const thief = new Visitor();
  thief.setCookie(url, 'postern-oidc', cookie);
  expect((await thief.comeBack(good)).location).toBe(expired);
  // A node that has not seen it: there the provider refuses the code.
  const node = await relay.startService();
  const [address] = node.addresses;
  thief.setCookie(url, 'postern-oidc', cookie);
  const there = await new Browser({ port: address!.port }).call(good.slice(url.length), {
    headers: { host: new URL(url).host, cookie: `postern-oidc=${cookie}`, 'sec-fetch-site': 'cross-site' },
  });
  await node.stop(0);
  expect([there.status, there.headers.location]).toEqual([303, '/ui/?sign-in=failed']);
  expect(JSON.stringify(relay.log)).toContain('invalid_grant');
});

test('cookies that were not made here, or for another issuer, count for nothing', async () => {
  const made = await setting();
  const { url, redirectUri, configure, provider } = made;
  await invited(made.relay);
  const visitor = new Visitor();
  const callback = await visitor.throughForms(await visitor.providerAddress(url), 'sub-carol', redirectUri);
  const cookie = visitor.cookie(url, 'postern-oidc') ?? '';
  const expired = `${url}/ui/?sign-in=expired`;
  for (const value of [
    'x',
    'AAAA',
    cookie.slice(0, -2),
    `${cookie.slice(0, 60)}${cookie[60] === 'A' ? 'B' : 'A'}${cookie.slice(61)}`,
    'x'.repeat(4_000),
  ]) {
    visitor.setCookie(url, 'postern-oidc', value);
    expect((await visitor.comeBack(callback)).location).toBe(expired);
  }
  visitor.setCookie(url, 'postern-oidc', cookie);
  configure('http://127.0.0.1:9/other');
  expect((await visitor.comeBack(callback)).location).toBe(expired);
  configure(provider.issuer);
  const mixedUp = new URL(callback);
  mixedUp.searchParams.set('iss', 'https://evil.example');
  visitor.setCookie(url, 'postern-oidc', cookie);
  const asked = provider.asked.length;
  expect((await visitor.comeBack(mixedUp.href)).location).toBe(`${url}/ui/?sign-in=failed`);
  // The code has not gone anywhere. RFC 9207.
  expect(provider.asked.slice(asked)).not.toContain('POST /token');
  expect(await visitor.person(url)).toBeUndefined();
});

test('whoever may not sign in gets one answer: unknown, unverified, suspended, linked to another identity', async () => {
  const made = await setting();
  const { relay, url, provider } = made;
  for (const name of ['carol', 'suspended', 'taken']) await invited(relay, {}, `${name}@example.org`);
  const now = systemClock.now();
  const { people } = relay.store;
  await people.changePerson(await idOf(made, 'suspended@example.org'), { isSuspended: true }, now, 'test');
  const identity = { issuer: provider.issuer, subject: 'another' };
  await people.linkIdentity(await idOf(made, 'taken@example.org'), identity, now, 'test');
  const of = (email: unknown, email_verified: unknown = true) => ({ email, email_verified });
  Object.assign(provider.accounts, {
    unknown: of('nobody@example.org'),
    unverified: of('carol@example.org', false),
    'a text': of('carol@example.org', 'true'),
    unsaid: { email: 'carol@example.org' },
    'no address': of(undefined),
    'an id': of(await idOf(made)),
    'two addresses': of('carol@example.org,evil@example.org'),
    suspended: of('suspended@example.org'),
    taken: of('taken@example.org'),
  });
  const answers: unknown[][] = [];
  for (const login of Object.keys(provider.accounts).filter((one) => one !== 'sub-carol')) {
    // Failures count by the client's address.
    const visitor = new Visitor(`192.0.2.${answers.length + 1}`);
    const { status, location, body, setCookies } = await visitor.signIn(made, login);
    answers.push([status, location, body, setCookies]);
    expect([login, await visitor.person(url)]).toEqual([login, undefined]);
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.slice(0, 2)).toEqual([303, `${url}/ui/?sign-in=refused`]);
  for (const email of ['carol@example.org', 'suspended@example.org'])
    expect(await relay.reader.identityOf(await idOf(made, email))).toBeUndefined();
  expect(await lastActions(made, 1)).toEqual(['user link']);
});

test('an address that looks like another, or has its lower case, is not that one', async () => {
  const made = await setting();
  const { relay, url, provider } = made;
  await invited(relay, {}, 'kate@example.org');
  // The lower case of KELVIN SIGN is the letter k, of a capital I with a dot two characters.
  const spellings = [
    '\u212aate@example.org',
    'kate@example.org.',
    '"kate"@example.org',
    'k\u0430te@example.org',
  ];
  for (const [at, email] of spellings.entries()) {
    provider.accounts['sub-other'] = { email, email_verified: true };
    const visitor = new Visitor(`192.0.2.${at}`);
    const { location } = await visitor.signIn(made, 'sub-other');
    expect([email, location]).toEqual([email, `${url}/ui/?sign-in=refused`]);
    expect(await visitor.person(url)).toBeUndefined();
  }
  provider.accounts['sub-kate'] = { email: 'KATE@Example.org', email_verified: true };
  expect((await new Visitor().signIn(made, 'sub-kate')).location).toBe(`${url}/ui/`);
});

test('a linked person who is suspended stays out, and many failures are throttled', async () => {
  const made = await setting();
  const { relay, url } = made;
  await invited(relay);
  await new Visitor().signIn(made, 'sub-carol');
  await relay.store.people.changePerson(await idOf(made), { isSuspended: true }, systemClock.now(), 'test');
  const places: string[] = [];
  for (let attempt = 0; attempt < 30; attempt++) {
    const visitor = new Visitor();
    const begun = await visitor.begin(url);
    if (begun.status !== 200) {
      expect(begun.status).toBe(429);
      break;
    }
    places.push((await visitor.signIn(made, 'sub-carol').catch(() => undefined))?.location ?? 'throttled');
  }
  expect(places[0]).toBe(`${url}/ui/?sign-in=refused`);
  expect(places.length).toBeLessThan(30);
});

test('where somebody goes afterwards is a page of the dashboard, whatever was asked for', async () => {
  const made = await setting();
  const { relay, url } = made;
  await invited(relay);
  const tries = [
    ...[
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/ui/../../evil',
      '/ui/..//evil.example',
    ],
    ...[
      '/ui/%2e%2e//evil.example',
      '/ui/\\..\\..\\evil',
      'javascript:alert(1)',
      '/ui/api/v1/messages',
      '/uix',
      '',
    ],
    ...['/ui/\r\nSet-Cookie: x=y', '/ui/ä', `/ui/${'x'.repeat(990)}`, '/ui/@evil.example'],
  ];
  for (const to of tries) {
    const { location } = await new Visitor().signIn(made, 'sub-carol', to);
    expect([to, new URL(location).origin]).toEqual([to, url]);
    expect([to, new URL(location).pathname]).toEqual([to, /@|x{990}/.test(to) ? to : '/ui/']);
  }
});

test('with `only`, neither passwords nor passkeys sign in, and an invitation still does', async () => {
  const made = await setting({ only: true, name: 'Example Ltd' });
  const { relay } = made;
  const browser = new Browser(relay);
  expect((await browser.call('/ui/api/session/oidc')).body).toEqual({ name: 'Example Ltd', only: true });
  await signedIn(relay);
  const refused = await browser.call('/ui/api/session', {
    body: { email: 'carol@example.org', password: PASSWORD },
  });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'password-off']);
  const passkey = await browser.call('/ui/api/session/passkey-options', { body: {} });
  expect([passkey.status, passkey.body.error.code]).toEqual([403, 'password-off']);
  made.configure(made.provider.issuer, { only: false });
  expect(
    (await browser.call('/ui/api/session', { body: { email: 'carol@example.org', password: PASSWORD } }))
      .status,
  ).toBe(200);
});

test('it is off by default', async () => {
  const browser = new Browser(await stage());
  expect(await browser.call('/ui/api/session/oidc')).toMatchObject({ status: 200, body: null });
  expect((await browser.call('/ui/api/session/oidc', { body: {} })).status).toBe(404);
  expect((await browser.call(`${CALLBACK}?code=x&state=y`)).status).toBe(404);
});

test('where the claim says roles, the provider adds people, changes their role in every account, and takes it away', async () => {
  const roles = [
    { value: 'staff', role: 'read-only' },
    { value: 'mail-admins', role: 'admin' },
  ] as const;
  const made = await setting({ rolesClaim: 'groups', roles, scopes: ['openid', 'email', 'groups'] });
  const { relay, url, provider } = made;
  const enter = async (groups: unknown) => {
    provider.accounts['sub-carol'] = { ...CAROL, groups };
    return (await new Visitor().signIn(made, 'sub-carol')).location.slice(url.length);
  };
  const grants = async () => (await relay.reader.findPerson('carol@example.org'))?.grants;
  expect(await enter(['elsewhere'])).toBe('/ui/?sign-in=refused');
  expect(await grants()).toBeUndefined();
  expect(await enter(['staff', 'mail-admins'])).toBe('/ui/');
  expect(await grants()).toMatchObject([{ accountId: undefined, role: 'admin', readsContent: false }]);
  expect((await lastActions(made, 3)).toSorted()).toEqual(['user add', 'user link', 'user sign in']);
  expect(await enter('staff')).toBe('/ui/');
  expect(await grants()).toMatchObject([{ role: 'read-only' }]);
  expect(await enter([])).toBe('/ui/?sign-in=refused');
  expect(await grants()).toEqual([]);
  const inShop = { accountId: relay.account.id, role: 'developer', readsContent: true } as const;
  await relay.store.people.changePerson(await idOf(made), { grants: [inShop] }, systemClock.now(), 'test');
  expect(await enter({ staff: true })).toBe('/ui/');
  expect(await grants()).toMatchObject([inShop]);
  expect(await enter('staff')).toBe('/ui/');
  expect(await grants()).toMatchObject([{ role: 'read-only', readsContent: false }, inShop]);
});
