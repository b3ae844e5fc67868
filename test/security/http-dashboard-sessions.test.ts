/** Signing in to the dashboard: invitations, passwords, sessions and cookies, and what strangers and other sites' pages try. */
import { expect, test } from 'vitest';
import { hashOfToken } from '../../src/admin/people/secret-token.ts';
import { isForDashboard } from '../../src/http/dashboard/dashboard-place.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { Passwords } from '../../src/platform/password.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { HOUR_MS } from '../../src/platform/time-units.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { acceptMessage } from '../http/support/accept-message.ts';
import { stage } from '../http/support/http-stage.ts';
import { Browser, invited, PASSWORD, signedIn, type DashboardCall } from './support/dashboard-person.ts';
import { enrolApp } from './support/second-factor.ts';

const SESSION = '/ui/api/session';
/** The session of whoever asks; `null`: signed out. */
const sessionOf = async (browser: Browser, call: DashboardCall = {}) => {
  const { status, body } = await browser.call(SESSION, call);
  expect(status).toBe(200);
  return body;
};
const credentials = { email: 'carol@example.org', password: PASSWORD };

test('an invitation sets a password once, and signs in', async () => {
  const relay = await stage();
  const token = await invited(relay);
  const browser = new Browser(relay);
  const short = await browser.call('/ui/api/invite', { body: { token, password: 'short' } });
  expect([short.status, short.body.error.field]).toEqual([400, 'password']);
  const taken = await browser.call('/ui/api/invite', { body: { token, password: PASSWORD } });
  expect(taken).toMatchObject({
    status: 200,
    body: {
      person: { email: 'carol@example.org', name: 'carol' },
      accounts: [{ name: 'default', role: 'admin', reads_content: false }],
    },
  });
  expect(await sessionOf(browser)).toEqual(taken.body);
  const again = await new Browser(relay).call('/ui/api/invite', { body: { token, password: PASSWORD } });
  expect([again.status, again.body.error.code]).toEqual([410, 'invite-gone']);
  expect(JSON.stringify(relay.log)).not.toContain(token);
  expect(JSON.stringify(relay.log)).not.toContain(PASSWORD);
});

test('a password signs in, a session ends by signing out, and every step is in the audit log', async () => {
  const relay = await stage();
  const first = await signedIn(relay);
  const browser = new Browser(relay);
  expect(await sessionOf(browser)).toBeNull();
  const { status, headers } = await browser.call(SESSION, {
    body: { ...credentials, email: ' Carol@Example.ORG' },
  });
  expect(status).toBe(200);
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^postern=[\w-]{43}; Path=\/ui; HttpOnly; SameSite=Strict$/),
  ]);
  expect(headers['cache-control']).toBe('no-store');
  expect((await browser.call(SESSION, { method: 'DELETE' })).status).toBe(204);
  expect(await sessionOf(browser)).toBeNull();
  expect(await sessionOf(first)).toMatchObject({ person: { name: 'carol' } });
  const actions = (await relay.reader.auditLines({}, 20)).map(({ action }) => action);
  expect(actions.slice(0, 6)).toEqual([
    ...['user sign out', 'user sign in', 'user sign in', 'user password', 'user invite', 'user add'],
  ]);
});

test('the cookie goes over TLS alone where the dashboard is reached by https', async () => {
  const relay = await stage({ env: { RELAY_DASHBOARD__URL: 'https://relay.example.com' } });
  const token = await invited(relay);
  const browser = new Browser(relay);
  const asProxied = { host: 'relay.example.com', origin: 'https://relay.example.com' };
  const { headers } = await browser.call('/ui/api/invite', {
    body: { token, password: PASSWORD },
    headers: asProxied,
  });
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^__Host-postern=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
  ]);
  expect(await sessionOf(browser, { headers: asProxied })).toMatchObject({ person: { name: 'carol' } });
});

test('whether there is such a person, no answer tells; failures are throttled, a right password too', async () => {
  const relay = await stage();
  await signedIn(relay);
  const browser = new Browser(relay);
  const wrong = await browser.call(SESSION, { body: { ...credentials, password: 'wrong' } });
  const nobody = await browser.call(SESSION, { body: { ...credentials, email: 'nobody@example.org' } });
  expect(wrong.status).toBe(401);
  expect(nobody).toMatchObject({ status: wrong.status, body: wrong.body });
  for (let attempt = 0; attempt < 6; attempt++)
    await browser.call(SESSION, { body: { ...credentials, password: 'wrong' } });
  const blocked = await browser.call(SESSION, { body: credentials });
  expect([blocked.status, blocked.body.error.code]).toEqual([429, expect.any(String)]);
  expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0);
});

test('who is suspended is out at once, and gets the answer of a stranger', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  const [person] = await relay.reader.listPeople();
  await relay.store.people.changePerson(person!.id, { isSuspended: true }, systemClock.now(), 'test');
  expect(await sessionOf(browser)).toBeNull();
  expect((await browser.call('/ui/api/v1/messages')).status).toBe(401);
  const { status, body } = await new Browser(relay).call(SESSION, { body: credentials });
  expect([status, body.error.message]).toEqual([401, 'the e-mail address or the password is not right']);
});

test('a session ends after its time, and when nobody uses it', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  const [person] = await relay.reader.listPeople();
  const now = systemClock.now();
  const sessions = [
    { id: 'ses_old', createdAtMs: now - 13 * HOUR_MS, expiresAtMs: now - HOUR_MS, isGood: false },
    { id: 'ses_idle', createdAtMs: now - 3 * HOUR_MS, expiresAtMs: now + HOUR_MS, isGood: false },
    { id: 'ses_good', createdAtMs: now - HOUR_MS, expiresAtMs: now + HOUR_MS, isGood: true },
  ];
  for (const { isGood, ...session } of sessions) {
    const of = { personId: person!.id, address: '127.0.0.1', userAgent: undefined };
    await relay.store.people.openSession({ ...session, ...of, tokenHash: hashOfToken(session.id) }, 'test');
    browser.cookie = `postern=${session.id}`;
    expect([session.id, (await sessionOf(browser)) !== null]).toEqual([session.id, isGood]);
    expect((await browser.call('/ui/api/v1/messages')).status).toBe(isGood ? 200 : 401);
  }
});

test('a page of another site, or of another port, changes nothing and reads nothing', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  const body = { address: 'user@example.com' };
  const tries = [
    { origin: undefined },
    { origin: 'null' },
    { origin: 'http://evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: `https://${browser.host}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of tries) {
    const { status, body: answer } = await browser.call('/ui/api/v1/suppressions', { body, headers });
    expect([headers, status, answer.error.code]).toEqual([headers, 403, 'other-origin']);
    expect((await browser.call(SESSION, { method: 'DELETE', headers })).status).toBe(403);
    expect((await browser.call(SESSION, { body: credentials, headers })).status).toBe(403);
  }
  for (const site of ['cross-site', 'same-site', 'none'])
    expect((await browser.call(SESSION, { headers: { 'sec-fetch-site': site } })).status).toBe(403);
  expect((await browser.call('/ui/api/v1/suppressions', { body })).status).toBe(201);
});

test.each([
  [
    '',
    ['127.0.0.1:PORT', 'localhost:PORT', '[::1]:PORT', '127.0.0.1'],
    ['evil.example', 'localhost.evil.example', '10.0.0.1', '[::2]:80'],
  ],
  [
    'https://relay.example.com',
    ['relay.example.com', 'RELAY.example.com'],
    ['127.0.0.1:PORT', 'relay.example.com:8443', 'relay.example.com.'],
  ],
])('with dashboard.url %j it is there for its own hosts alone', async (url, own, others) => {
  const relay = await stage({ env: url === '' ? {} : { RELAY_DASHBOARD__URL: url } });
  const browser = new Browser(relay);
  const get = (host: string, path: string) =>
    browser.call(path, { headers: { host: host.replace('PORT', String(relay.port)) } });
  for (const host of own) expect([host, (await get(host, SESSION)).status]).toEqual([host, 200]);
  for (const host of others)
    for (const path of [SESSION, '/ui/', '/ui', '/ui/messages'])
      expect([host, (await get(host, path)).status]).toEqual([host, 404]);
});

test('without dashboard.url it is there for this machine alone, whatever Host is said', async () => {
  const relay = await stage();
  const browser = new Browser(relay);
  for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])
    for (const path of [SESSION, '/ui/']) {
      const { status } = await browser.call(path, { headers: { [name]: '192.0.2.7' } });
      expect([name, path, status]).toEqual([name, path, 404]);
    }
  const from = (remoteAddress: string | undefined, url?: string) =>
    isForDashboard({ url: '/ui/', headers: { host: 'localhost:8080' }, socket: { remoteAddress } }, url);
  expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((address) => from(address))).toEqual([
    true,
    true,
    true,
  ]);
  expect(
    ['192.0.2.7', '10.0.0.1', '2001:db8::1', '::ffff:192.0.2.7', undefined].some((address) => from(address)),
  ).toBe(false);
  // Behind a proxy, which says where a request comes from.
  const proxied = { host: 'relay.example.com', 'x-forwarded-for': '192.0.2.7' };
  const socket = { remoteAddress: '10.0.0.1' };
  expect(isForDashboard({ url: '/ui/', headers: proxied, socket }, 'https://relay.example.com')).toBe(true);
});

test('cookies are nothing to the API, and keys are nothing to the dashboard', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  expect((await browser.call('/v1/messages')).status).toBe(401);
  const authorization = `Bearer ${await relay.key()}`;
  const stranger = new Browser(relay);
  expect((await stranger.call('/ui/api/v1/messages', { headers: { authorization } })).status).toBe(401);
  for (const cookie of [
    'postern=',
    'postern=x',
    'postern=../',
    `other=${browser.cookie}`,
    '__Host-postern=x',
    '=',
    ';;;',
  ])
    expect((await stranger.call('/ui/api/v1/messages', { headers: { cookie } })).status).toBe(401);
});

test('a connection that is busy for the dashboard is not closed for another', async () => {
  const most = 2;
  const connectionMaxima = { all: most, perNetwork: most, perAddress: most, perAccount: most, perKey: most };
  const relay = await stage({ http: { connectionMaxima } });
  const browser = await signedIn(relay);
  const stream = await fetch(relay.url('/ui/api/v1/events/stream'), {
    headers: { cookie: browser.cookie ?? '', 'sec-fetch-site': 'same-origin' },
  });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  // Kept open, and idle: this one is closed.
  expect((await fetch(relay.url('/healthz'))).status).toBe(200);
  expect(await sessionOf(browser)).toMatchObject({ person: { name: 'carol' } });
  const id = await acceptMessage(relay);
  let read = '';
  for await (const chunk of stream.body!) {
    read += Buffer.from(chunk).toString();
    if (read.includes(id)) break;
  }
  expect(read).toContain(id);
});

test('a password that is changed while it signs in opens no session: neither at once nor by a second factor', async () => {
  const clock = new VirtualClock(systemClock.now());
  const relay = await stage({ clock });
  const carol = await signedIn(relay);
  const { people } = relay.store;
  const { id } = (await relay.reader.findPerson(credentials.email))!;
  const openSession = people.openSession.bind(people);
  let changes = 0;
  // Between the check of the password and the session.
  const changed = async (...session: Parameters<typeof openSession>) => {
    changes++;
    await people.setPassword(id, await passwords.hash('another horse battery'), undefined, 1, 'test');
    await openSession(...session);
  };
  const passwords = new Passwords(systemRandom);
  const { recoveryCodes } = await enrolApp(carol, clock.now());
  const second = new Browser(relay);
  const { token } = (await second.call('/ui/api/session', { body: credentials })).body.second_step;
  Object.assign(people, { openSession: changed });
  const proof = { token, recovery_code: recoveryCodes[0] };
  expect((await second.call('/ui/api/session/factor', { body: proof })).status).toBe(401);
  await people.changePerson(id, { resetsFactors: true }, 1, 'test');
  await people.setPassword(id, await passwords.hash(PASSWORD), undefined, 1, 'test');
  const first = new Browser(relay);
  expect((await first.call('/ui/api/session', { body: credentials })).status).toBe(401);
  expect([first.cookie, second.cookie, changes]).toEqual([undefined, undefined, 2]);
  expect(await relay.reader.sessionsOf(id)).toEqual([]);
});

test('of two nodes that are shown the same invitation at once, one takes it', async () => {
  const relay = await stage();
  const node = await relay.startService();
  const [{ port } = { port: 0 }] = node.addresses;
  const token = await invited(relay);
  const taken = await Promise.all(
    [relay, { port }].map(
      async (at) =>
        (await new Browser(at).call('/ui/api/invite', { body: { token, password: PASSWORD } })).status,
    ),
  );
  await node.stop(0);
  expect(taken.toSorted()).toEqual([200, 410]);
});
