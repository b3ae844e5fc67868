/** Second factors at the dashboard: what a thief of the password, of a token or of a signature tries. */
import { expect, test } from 'vitest';
import { resealSecrets } from '../../src/admin/data-keys/reseal.ts';
import { totpSealContext } from '../../src/admin/people/factor-secrets.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { MINUTE_MS } from '../../src/platform/time-units.ts';
import { codeAt, stepAt } from '../../src/platform/totp.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { stage, stageBox, type HttpStage } from '../http/support/http-stage.ts';
import { Browser, invited, PASSWORD, signedIn } from './support/dashboard-person.ts';
import { enrolApp, enrolPasskey, namedLocalhost, SECURITY } from './support/second-factor.ts';
import { SoftwareAuthenticator } from './support/software-authenticator.ts';

const SESSION = '/ui/api/session';
const FACTOR = `${SESSION}/factor`;
const credentials = { email: 'carol@example.org', password: PASSWORD };

interface Carol {
  readonly relay: HttpStage;
  readonly clock: VirtualClock;
  /** Signed in. */
  readonly browser: Browser;
}

async function carol(env: Readonly<Record<string, string>> = {}): Promise<Carol> {
  const clock = new VirtualClock(systemClock.now());
  const relay = await stage({ clock, env });
  return { relay, clock, browser: await signedIn(relay) };
}

/** The token of the step after the password. */
async function begun(
  relay: HttpStage,
  email = credentials.email,
): Promise<{ browser: Browser; token: string }> {
  const browser = new Browser(relay);
  const { status, body } = await browser.call(SESSION, { body: { ...credentials, email } });
  expect([status, Object.keys(body)]).toEqual([200, ['second_step']]);
  expect(browser.cookie).toBeUndefined();
  return { browser, token: body.second_step.token };
}

test('after the password a code is asked for; the token of that step is no session', async () => {
  const { relay, clock, browser: first } = await carol();
  const { app } = await enrolApp(first, clock.now());
  await clock.advance(MINUTE_MS);
  const { browser, token } = await begun(relay);
  for (const cookie of [`postern=${token}`, `__Host-postern=${token}`])
    expect((await browser.call('/ui/api/v1/messages', { headers: { cookie } })).status).toBe(401);
  expect((await browser.call(FACTOR, { body: { token, code: '000000' } })).status).toBe(401);
  const entered = await browser.call(FACTOR, { body: { token, code: app.codeAt(clock.now()) } });
  expect(entered).toMatchObject({ status: 200, body: { person: { email: credentials.email } } });
  expect((await browser.call('/ui/api/v1/messages')).status).toBe(200);
  expect(JSON.stringify(relay.log)).not.toContain(token);
});

test('a code is good once, also the one that it was enrolled with, and so is the step’s token', async () => {
  const { relay, clock, browser: first } = await carol();
  const { app } = await enrolApp(first, clock.now());
  const one = await begun(relay);
  const enrolledWith = { token: one.token, code: app.codeAt(clock.now()) };
  expect((await one.browser.call(FACTOR, { body: enrolledWith })).status).toBe(401);
  await clock.advance(MINUTE_MS);
  const code = app.codeAt(clock.now());
  expect((await one.browser.call(FACTOR, { body: { token: one.token, code } })).status).toBe(200);
  const two = await begun(relay);
  expect((await two.browser.call(FACTOR, { body: { token: two.token, code } })).status).toBe(401);
  await clock.advance(MINUTE_MS);
  const fresh = app.codeAt(clock.now());
  const replayed = new Browser(relay);
  expect((await replayed.call(FACTOR, { body: { token: one.token, code: fresh } })).status).toBe(401);
  expect(replayed.cookie).toBeUndefined();
  expect((await two.browser.call(FACTOR, { body: { token: two.token, code: fresh } })).status).toBe(200);
});

test('guessing is throttled with passwords, a right password does not begin the count anew', async () => {
  const { relay, clock, browser: first } = await carol();
  await relay.store.people.changePerson((await relay.reader.listPeople())[0]!.id, { name: 'C' }, 1, 'test');
  const { app } = await enrolApp(first, clock.now());
  await clock.advance(MINUTE_MS);
  let blocked = 0;
  for (let attempt = 0; attempt < 12; attempt++) {
    const { status, body } = await new Browser(relay).call(SESSION, { body: credentials });
    if (status === 429) {
      blocked++;
      continue;
    }
    const { token } = body.second_step;
    const guess = await new Browser(relay).call(FACTOR, { body: { token, code: `00000${attempt % 10}` } });
    if (guess.status === 429) blocked++;
    else expect(guess.status).toBe(401);
  }
  expect(blocked).toBeGreaterThan(3);
  const right = await new Browser(relay).call(SESSION, { body: credentials });
  expect(right.status).toBe(429);
  expect(app.codeAt(clock.now())).toMatch(/^\d{6}$/);
});

test('codes that are guessed all at once are throttled too: a right one among them does not sign in', async () => {
  const { relay, clock, browser: first } = await carol();
  const { app } = await enrolApp(first, clock.now());
  await clock.advance(MINUTE_MS);
  const { token } = await begun(relay);
  const right = app.codeAt(clock.now());
  const wrong = Array.from({ length: 30 }, (_, at) => String(at).padStart(6, '9'));
  const codes = [...wrong.filter((code) => code !== right), right];
  // As a store that takes its time: every guess is past the first look at the throttle before one has failed.
  const { factorsOf } = relay.reader;
  const all = Promise.withResolvers<undefined>();
  let arrived = 0;
  Object.assign(relay.reader, {
    factorsOf: async (id: string) => {
      if (++arrived === codes.length) all.resolve(undefined);
      await all.promise;
      return await factorsOf(id);
    },
  });
  const guesses = codes.map(async (code) => {
    const browser = new Browser(relay);
    const { status } = await browser.call(FACTOR, { body: { token, code } });
    return [code, status, browser.cookie] as const;
  });
  const answers = await Promise.all(guesses);
  expect(answers.filter(([, status]) => status === 200)).toEqual([]);
  expect(new Set(answers.map(([, status]) => status))).toEqual(new Set([401, 429]));
});

test('of many nodes that are shown the same code or recovery code at once, one signs in', async () => {
  const { relay, clock, browser: first } = await carol();
  const { app, recoveryCodes } = await enrolApp(first, clock.now());
  await clock.advance(MINUTE_MS);
  const node = await relay.startService({ clock });
  const [{ port } = { port: 0 }] = node.addresses;
  for (const proof of [{ code: app.codeAt(clock.now()) }, { recovery_code: recoveryCodes[0] }]) {
    const tokens = [(await begun(relay)).token, (await begun(relay)).token];
    const answers = await Promise.all(
      [relay, { port }].map(
        async (at, index) =>
          (await new Browser(at).call(FACTOR, { body: { token: tokens[index], ...proof } })).status,
      ),
    );
    expect(answers.toSorted()).toEqual([200, 401]);
  }
  await node.stop(0);
});

test('the step’s token is of one person and one password, and for minutes', async () => {
  const { relay, clock, browser: first } = await carol();
  const { recoveryCodes } = await enrolApp(first, clock.now());
  const dan = await signedIn(relay, {}, 'dan@example.org');
  const dans = await enrolApp(dan, clock.now());
  await clock.advance(MINUTE_MS);
  const { browser, token } = await begun(relay);
  // Dan's factors do not open Carol's step.
  const code = dans.app.codeAt(clock.now());
  expect((await browser.call(FACTOR, { body: { token, code } })).status).toBe(401);
  const theirs = { token, recovery_code: dans.recoveryCodes[0] };
  expect((await browser.call(FACTOR, { body: theirs })).status).toBe(401);
  const own = { token, recovery_code: recoveryCodes[0] };
  for (const changed of [`${token.slice(0, -6)}AAAAAA`, `B${token.slice(1)}`, '', 'x', token.slice(4)])
    expect((await browser.call(FACTOR, { body: { ...own, token: changed } })).status).toBe(410);
  const password = 'another horse battery';
  const change = { current: PASSWORD, password };
  expect((await first.call(`${SECURITY}/password`, { body: change })).status).toBe(204);
  expect((await browser.call(FACTOR, { body: own })).status).toBe(410);
  const again = await browser.call(SESSION, { body: { ...credentials, password } });
  const late = { token: again.body.second_step.token, recovery_code: recoveryCodes[0] };
  await clock.advance(6 * MINUTE_MS);
  expect((await browser.call(FACTOR, { body: late })).status).toBe(410);
});

test('with the master key the secrets of apps are sealed anew: the old key opens none, the new one all', async () => {
  const { relay, clock, browser } = await carol();
  const { app } = await enrolApp(browser, clock.now());
  await enrolPasskey(browser);
  const { id } = (await relay.reader.findPerson(credentials.email))!;
  const totp = async () => (await relay.reader.factorsOf(id)).find((factor) => factor.kind === 'totp')!;
  const context = totpSealContext((await totp()).id);
  const [old, fresh] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];
  const onlyNew = createSecretBox(fresh, systemRandom);
  const before = (await totp()).sealedSecret;
  stageBox.open(before, context);
  expect(() => onlyNew.open(before, context)).toThrow();
  const box = createSecretBox(fresh, systemRandom, [old]);
  const done = await resealSecrets(
    box,
    { ...relay.reader, ...relay.store.secrets },
    new AbortController().signal,
  );
  expect(done).toMatchObject({ resealed: 1, unreadableCount: 0, isPart: false });
  const { sealedSecret, lastStep } = await totp();
  expect(() => stageBox.open(sealedSecret, context)).toThrow();
  expect(codeAt(onlyNew.open(sealedSecret, context), stepAt(clock.now()))).toBe(app.codeAt(clock.now()));
  // What was used stays used.
  expect(lastStep).toBe(stepAt(clock.now()));
});

test('a recovery code is good once, however it is typed; the store has none in clear', async () => {
  const { relay, clock, browser: first } = await carol();
  const { recoveryCodes } = await enrolApp(first, clock.now());
  expect(recoveryCodes).toHaveLength(10);
  const [code = ''] = recoveryCodes;
  const typed = code.toUpperCase().replaceAll('-', ' ');
  const one = await begun(relay);
  expect((await one.browser.call(FACTOR, { body: { token: one.token, recovery_code: typed } })).status).toBe(
    200,
  );
  const two = await begun(relay);
  expect((await two.browser.call(FACTOR, { body: { token: two.token, recovery_code: code } })).status).toBe(
    401,
  );
  expect((await first.call(SECURITY)).body.recovery_codes).toBe(9);
});

test('an invitation sets a password and does not go around the second factor; a reset does', async () => {
  const { relay, clock, browser: first } = await carol();
  const { app } = await enrolApp(first, clock.now());
  await clock.advance(MINUTE_MS);
  const [person] = await relay.reader.listPeople();
  const invite = async () => {
    const { invitePerson } = await import('../../src/admin/people/people.ts');
    const context = { ...relay.store, reader: relay.reader, clock, random: systemRandom, actor: 'test' };
    const made = await invitePerson(person!.id, context);
    return 'token' in made ? made.token : '';
  };
  const browser = new Browser(relay);
  const taken = await browser.call('/ui/api/invite', { body: { token: await invite(), password: PASSWORD } });
  expect([taken.status, Object.keys(taken.body), browser.cookie]).toEqual([200, ['second_step'], undefined]);
  const { token } = taken.body.second_step;
  const code = app.codeAt(clock.now());
  expect((await browser.call(FACTOR, { body: { token, code } })).status).toBe(200);
  await relay.store.people.changePerson(person!.id, { resetsFactors: true }, clock.now(), 'relayctl:root');
  const { body } = await new Browser(relay).call(SESSION, { body: credentials });
  expect(body).toMatchObject({ person: { email: credentials.email } });
  const [line] = await relay.reader.auditLines({ action: 'user change' }, 1);
  expect(JSON.stringify(line)).toContain('second factors reset');
});

test('factors change only where it was shown lately who it is', async () => {
  const { clock, browser } = await carol();
  await enrolApp(browser, clock.now());
  const { body } = await browser.call(SECURITY);
  const id: string = body.factors[0].id;
  await clock.advance(11 * MINUTE_MS);
  const changes = [
    ['DELETE', `/factors/${id}`],
    ['POST', '/totp-options'],
    ['POST', '/totp'],
    ['POST', '/passkeys-options'],
    ['POST', '/recovery-codes'],
  ] as const;
  const headers = namedLocalhost(browser);
  const totp = { state: 'x', code: '1', name: 'x' };
  for (const [method, path] of changes) {
    const call = { method, headers, ...(method === 'POST' ? { body: path === '/totp' ? totp : {} } : {}) };
    const refused = await browser.call(SECURITY + path, call);
    expect([path, refused.status, refused.body.error.code]).toEqual([path, 403, 'confirm-first']);
  }
  const wrong = await browser.call(`${SECURITY}/confirm`, { body: { password: 'wrong' } });
  expect([wrong.status, wrong.body.error.field]).toEqual([400, 'password']);
  expect((await browser.call(`${SECURITY}/confirm`, { body: {} })).status).toBe(400);
  expect((await browser.call(`${SECURITY}/confirm`, { body: { password: PASSWORD } })).status).toBe(204);
  expect((await browser.call(`${SECURITY}/factors/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await browser.call(SECURITY)).body).toMatchObject({ factors: [], recovery_codes: 0 });
});

test('nobody touches the factors or sessions of another', async () => {
  const { relay, clock, browser } = await carol();
  await enrolApp(browser, clock.now());
  const { body } = await browser.call(SECURITY);
  const dan = await signedIn(relay, {}, 'dan@example.org');
  const factor = `${SECURITY}/factors/${body.factors[0].id}`;
  expect((await dan.call(factor, { method: 'DELETE' })).status).toBe(404);
  expect((await dan.call(factor, { method: 'PATCH', body: { name: 'x' } })).status).toBe(404);
  const session = `${SECURITY}/sessions/${body.sessions[0].id}`;
  expect((await dan.call(session, { method: 'DELETE' })).status).toBe(404);
  await dan.call(`${SECURITY}/sessions`, { method: 'DELETE' });
  expect((await browser.call(SECURITY)).status).toBe(200);
  for (const path of ['', '/confirm', '/password', '/totp-options'])
    expect((await new Browser(relay).call(SECURITY + path, path === '' ? {} : { body: {} })).status).not.toBe(
      200,
    );
  for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    expect((await browser.call(`${SECURITY}/sessions`, { method: 'DELETE', headers })).status).toBe(403);
});

test('a new password ends the other sessions, and asks for the one before, throttled', async () => {
  const { relay, browser } = await carol();
  const other = new Browser(relay);
  await other.call(SESSION, { body: credentials });
  const body = { current: 'wrong', password: 'another horse battery' };
  const wrong = await browser.call(`${SECURITY}/password`, { body });
  expect([wrong.status, wrong.body.error.field]).toEqual([400, 'current']);
  expect((await browser.call(`${SECURITY}/password`, { body: { ...body, current: PASSWORD } })).status).toBe(
    204,
  );
  expect((await other.call(SESSION)).body).toBeNull();
  expect((await browser.call(SECURITY)).body.sessions).toHaveLength(1);
  for (let attempt = 0; attempt < 6; attempt++) await browser.call(`${SECURITY}/password`, { body });
  expect((await browser.call(`${SECURITY}/password`, { body })).status).toBe(429);
});

test('with require_second_factor there is nothing but enrolling one', async () => {
  const { relay, clock, browser } = await carol({ RELAY_DASHBOARD__REQUIRE_SECOND_FACTOR: 'true' });
  expect((await browser.call(SESSION)).body.must_enrol).toBe(true);
  for (const path of ['/ui/api/v1/messages', '/ui/api/operation/overview', '/ui/api/v1/events/stream']) {
    const { status, body } = await browser.call(path);
    expect([path, status, body.error.code]).toEqual([path, 403, 'second-factor-required']);
  }
  const routes = relay.service.routes.filter(({ scope }) => scope !== undefined);
  expect(routes.length).toBeGreaterThan(40);
  for (const { method, url } of routes) {
    if (method === 'HEAD' || ['/v1/send', '/v1/batch'].includes(url)) continue;
    const { status, body } = await browser.call(`/ui/api${url}`, { method });
    expect([method, url, status, body.error.code]).toEqual([method, url, 403, 'second-factor-required']);
  }
  await enrolApp(browser, clock.now());
  expect((await browser.call(SESSION)).body.must_enrol).toBe(false);
  expect((await browser.call('/ui/api/v1/messages')).status).toBe(200);
});

interface Asked {
  readonly options: { readonly challenge: string };
  readonly state: string;
}

async function asked(browser: Browser, body: object = {}): Promise<Asked> {
  const answer = await browser.call(`${SESSION}/passkey-options`, { body, headers: namedLocalhost(browser) });
  expect(answer.status).toBe(200);
  return answer.body as Asked;
}

test('a passkey signs in alone: for this challenge, origin and host, once, and with the person verified', async () => {
  const { relay, clock, browser: first } = await carol();
  const key = await enrolPasskey(first);
  const stranger = new Browser(relay);
  const headers = namedLocalhost(stranger);
  const good = { origin: headers.origin, rpId: 'localhost' };
  const attempt = async (parts: object) => {
    const browser = new Browser(relay);
    const start = await asked(browser);
    const facts = { ...good, challenge: start.options.challenge, ...parts };
    const body = { state: start.state, response: key.sign(facts) };
    return { browser, ...(await browser.call(`${SESSION}/passkey`, { body, headers })) };
  };
  const attacks: readonly object[] = [
    { origin: 'http://evil.example' },
    { origin: headers.origin.replace('http:', 'https:') },
    { rpId: 'evil.example' },
    { challenge: Buffer.alloc(32).toString('base64url') },
    { verifiesUser: false },
    { userHandle: Buffer.from('usr_somebodyelse').toString('base64url') },
  ];
  for (const parts of attacks) {
    const { status, browser } = await attempt(parts);
    expect([parts, status, browser.cookie]).toEqual([parts, 401, undefined]);
  }
  // So many failures block the address for a while.
  await clock.advance(60 * MINUTE_MS);
  const entered = await attempt({});
  expect(entered).toMatchObject({ status: 200, body: { person: { email: credentials.email } } });
});

test('what a passkey has signed once is good once, and a state is for its own purpose', async () => {
  const { relay, browser: first } = await carol();
  const key = await enrolPasskey(first);
  const browser = new Browser(relay);
  const headers = namedLocalhost(browser);
  const start = await asked(browser);
  const facts = { origin: headers.origin, rpId: 'localhost', challenge: start.options.challenge };
  const body = { state: start.state, response: key.sign(facts) };
  const { token } = (await new Browser(relay).call(SESSION, { body: credentials })).body.second_step;
  const asSecond = { token, passkey: body };
  expect((await browser.call(FACTOR, { body: asSecond, headers })).status).toBe(401);
  expect((await browser.call(`${SESSION}/passkey`, { body, headers })).status).toBe(200);
  expect((await new Browser(relay).call(`${SESSION}/passkey`, { body, headers })).status).toBe(401);
  const second = await asked(browser, { token });
  const proof = { ...facts, challenge: second.options.challenge, verifiesUser: false };
  const passkey = { state: second.state, response: key.sign(proof) };
  expect((await browser.call(`${SESSION}/passkey`, { body: passkey, headers })).status).toBe(401);
  expect((await browser.call(FACTOR, { body: { token, passkey }, headers })).status).toBe(200);
  expect((await browser.call(FACTOR, { body: { token, passkey }, headers })).status).toBe(401);
});

test('a passkey whose counter does not grow was copied: it does not sign in', async () => {
  const { relay, browser: first } = await carol();
  const key = await enrolPasskey(first, new SoftwareAuthenticator({ counter: 5 }));
  const enter = async () => {
    const browser = new Browser(relay);
    const headers = namedLocalhost(browser);
    const { state, options } = await asked(browser);
    const facts = { origin: headers.origin, rpId: 'localhost', challenge: options.challenge };
    return (await browser.call(`${SESSION}/passkey`, { body: { state, response: key.sign(facts) }, headers }))
      .status;
  };
  expect(await enter()).toBe(200);
  key.counter = 4;
  expect(await enter()).toBe(401);
  key.counter = 20;
  expect(await enter()).toBe(200);
});

test('a passkey is enrolled for this dashboard and person alone, once', async () => {
  const { relay, browser } = await carol();
  const headers = namedLocalhost(browser);
  const begin = async (who: Browser) =>
    (await who.call(`${SECURITY}/passkeys-options`, { body: {}, headers })).body as Asked;
  const good = { origin: headers.origin, rpId: 'localhost' };
  for (const parts of [{ origin: 'http://evil.example' }, { rpId: 'evil.example' }, { challenge: 'AAAA' }]) {
    const { state, options } = await begin(browser);
    const response = new SoftwareAuthenticator().make({ ...good, challenge: options.challenge, ...parts });
    const { status } = await browser.call(`${SECURITY}/passkeys`, {
      body: { state, response, name: 'Key' },
      headers,
    });
    expect([parts, status]).toEqual([parts, 400]);
  }
  const { state, options } = await begin(browser);
  const facts = { ...good, challenge: options.challenge };
  const body = { state, response: new SoftwareAuthenticator().make(facts), name: 'Key' };
  const dan = await signedIn(relay, {}, 'dan@example.org');
  expect((await dan.call(`${SECURITY}/passkeys`, { body, headers })).status).toBe(410);
  expect((await browser.call(`${SECURITY}/passkeys`, { body, headers })).status).toBe(200);
  const again = { ...body, response: new SoftwareAuthenticator().make(facts) };
  expect((await browser.call(`${SECURITY}/passkeys`, { body: again, headers })).status).toBe(410);
});

test('at a bare IP address there are no passkeys, and it says so', async () => {
  const { relay, browser } = await carol();
  expect((await browser.call(SECURITY)).body.passkeys_possible).toBe(false);
  for (const path of [`${SECURITY}/passkeys-options`, `${SESSION}/passkey-options`]) {
    const { status, body } = await browser.call(path, { body: {} });
    expect([status, body.error.code]).toEqual([409, 'no-passkeys-here']);
    expect(body.error.message).toContain('bare IP address');
  }
  expect((await browser.call(SECURITY, { headers: namedLocalhost(browser) })).body.passkeys_possible).toBe(
    true,
  );
  expect(await invited(relay, {}, 'eve@example.org')).toMatch(/^[\w-]{43}$/);
});
