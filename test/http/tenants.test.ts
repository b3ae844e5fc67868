/**
 * Object-level authorization (OWASP API1:2023): a key reaches what is its account's, and nothing of another. Every
 * registered route is tried with the key of one account on what the other has; a route that is added later has to say
 * here what that would be.
 */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { acceptMessage } from './support/accept-message.ts';
import { stage, type HttpStage } from './support/http-stage.ts';

/** In everything that the first account has. */
const MARK = 'firstaccount';

/** By the path up to its parameter: the id of something that the first account has. */
type Belongings = Readonly<Record<string, string>>;

async function belongingsOf(relay: HttpStage, key: string): Promise<Belongings> {
  const add = async (pathname: string, body: object) => (await relay.call(pathname, { key, body })).body;
  await add('/v1/domains', { domain: `${MARK}.example` });
  await add('/v1/suppressions', { address: `${MARK}@example.net` });
  await add('/v1/streams', { name: MARK });
  const credential = await add('/v1/credentials', { name: MARK, kind: 'api' });
  const message = await acceptMessage(relay, {
    subject: MARK,
    tags: [MARK],
    metadata: { mark: MARK },
    recipients: [`${MARK}@example.net`],
    sendAtMs: Date.now() + 3_600_000,
  });
  return {
    '/v1/domains/:domain': `${MARK}.example`,
    '/v1/suppressions/:address': `${MARK}@example.net`,
    '/v1/recipients/:address': `${MARK}@example.net`,
    '/v1/credentials/:id': credential.id,
    '/v1/messages/:id': message,
    ...(await madeBy(relay, key)),
  };
}

/** Of nouns whose making takes more. */
async function madeBy(relay: HttpStage, key: string): Promise<Belongings> {
  const template = await relay.call('/v1/templates', {
    key,
    body: { name: MARK, subject: MARK, text: MARK },
  });
  const webhook = await relay.call('/v1/webhooks', { key, body: { url: `https://${MARK}.example/hook` } });
  return {
    ...(template.status === 404 ? {} : { '/v1/templates/:id': template.body.id as string }),
    ...(webhook.status === 404 ? {} : { '/v1/webhooks/:id': webhook.body.id as string }),
  };
}

/** Good for some route with a body. */
const BODY = {
  name: 'x',
  url: 'https://x.example/',
  rate_per_minute: 5,
  send_at: '2099-01-01T00:00:00Z',
  text: 'x',
};

function idOf(path: string): string {
  return decodeURIComponent(path.split('/')[3] ?? '');
}

/** The same path with what nobody has. */
function nowhere(path: string): string {
  const id = idOf(path);
  const other = id.includes(MARK) ? id.replaceAll(MARK, 'nobodyatall') : id.slice(0, -6) + 'zzzzzz';
  return path.replace(encodeURIComponent(id), encodeURIComponent(other));
}

/** `undefined`: the path has no parameter. */
function pathOf(url: string, belongings: Belongings): string | undefined {
  if (!url.includes(':')) return undefined;
  const start = Object.keys(belongings).find((known) => url.startsWith(known));
  if (start === undefined) throw new Error(`${url}: say what of another account to ask for`);
  const path = url.replace(/:\w+/, encodeURIComponent(belongings[start]!));
  return path.replaceAll(/:\w+/g, '1');
}

test('no route shows or changes what another account has', async () => {
  const relay = await stage();
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const belongings = await belongingsOf(relay, first);
  const before = await snapshot(relay, first, belongings);
  expect(JSON.stringify(before)).toContain(MARK);

  for (const { method, url, scope } of relay.service.routes) {
    if (scope === undefined || method === 'HEAD' || url === '/v1/events/stream') continue;
    const words = `${method} ${url}`;
    const path = pathOf(url, belongings);
    if (path === undefined) {
      if (method !== 'GET') continue;
      const { status, body } = await relay.call(url, { key: stranger });
      expect(status, words).toBeLessThan(500);
      expect(JSON.stringify(body), words).not.toContain(MARK);
      continue;
    }
    // A body that is no good must not hide what the id alone gives away, nor one that is good for another reason.
    for (const body of method === 'GET' || method === 'DELETE' ? [undefined] : [undefined, {}, BODY]) {
      const asked = async (of: string) => {
        const answer = await relay.call(of, { key: stranger, method, body });
        // The id comes back as it was typed.
        // A pseudonym is another one each time.
        const said = JSON.stringify(answer.body).replaceAll(idOf(of), '').replace(/erased-\w+/, '');
        return { status: answer.status, said };
      };
      const [foreign, missing] = [await asked(path), await asked(nowhere(path))];
      expect(foreign, words).toEqual(missing);
      expect(foreign.said, words).not.toContain(MARK);
      if (url === '/v1/suppressions/:address' && method === 'GET') continue;
      // Nothing of theirs is erased, whoever else has the address.
      if (url === '/v1/recipients/:address') continue;
      expect([400, 404], words).toContain(foreign.status);
      if (method === 'GET' || method === 'DELETE') expect(foreign.status, words).toBe(404);
    }
  }
  expect(await snapshot(relay, first, belongings)).toEqual(before);
});

test('filters and cursors do not reach over either', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const id = await acceptMessage(relay, { recipients: ['a@example.net'], tags: ['x'] });
  const last = `evt_${String((await relay.reader.lastEventSequence()) - 1).padStart(14, '0')}`;
  for (const query of [
    'events',
    `events?message=${id}`,
    'events?recipient=a@example.net',
    `events?after=${last}`,
    'events?tag=x',
    'messages?recipient=a@example.net',
    'messages?destination=example.net',
    'messages?tag=x',
    `messages?after=${id}`,
  ])
    expect((await relay.call(`/v1/${query}`, { key: stranger })).body.data, query).toEqual([]);
});

test('a message that names what another account has is refused like one that names nothing', async () => {
  const relay = await stage({ env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } });
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const template = await relay.call('/v1/templates', {
    key: first,
    body: { name: MARK, subject: MARK, text: MARK },
  });
  expect(template.status).toBe(201);
  await relay.call('/v1/streams', { key: first, body: { name: MARK } });
  const mail = { from: 'a@second.example', to: ['b@example.net'], subject: 'x', text: 'x' };
  const { text, ...bare } = mail;
  expect(text).toBe('x');
  const answerTo = async (named: string, body: object, headers = {}) => {
    const { status, body: said } = await relay.call('/v1/send', { key: stranger, body, headers });
    return { status, said: JSON.stringify(said).replaceAll(named.replace(/@1$/, ''), '') };
  };
  for (const [named, none] of [
    [MARK, 'nobodyatall'],
    [`${MARK}@1`, 'nobodyatall@1'],
    [template.body.id as string, `${(template.body.id as string).slice(0, -6)}zzzzzz`],
  ]) {
    const foreign = await answerTo(named!, { ...bare, template: named });
    expect(foreign).toEqual(await answerTo(none!, { ...bare, template: none }));
    expect(foreign.status).toBeGreaterThanOrEqual(400);
  }
  const foreign = await answerTo(MARK, { ...mail, stream: MARK });
  expect(foreign).toEqual(await answerTo('nobodyatall', { ...mail, stream: 'nobodyatall' }));
  expect(foreign.status).toBeGreaterThanOrEqual(400);
  // A key that another account has used is new here.
  const headers = { 'idempotency-key': MARK };
  const sent = async (key: string) =>
    (await relay.call('/v1/send', { key, body: mail, headers })).body.id as string;
  const [ofFirst, ofOther] = [await sent(first), await sent(stranger)];
  expect(ofFirst).toMatch(/^msg_/);
  expect(ofOther).toMatch(/^msg_/);
  expect(ofOther).not.toBe(ofFirst);
});

test('a name of another account is no name here', async () => {
  const relay = await stage();
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  await relay.call('/v1/streams', { key: first, body: { name: MARK } });
  const body = { address: 'a@example.net', stream: MARK };
  expect((await relay.call('/v1/suppressions', { key: stranger, body })).status).toBe(400);
  expect((await relay.call('/v1/credentials', { key: stranger, body: { stream: MARK } })).status).toBe(400);
  expect((await relay.call('/v1/streams', { key: stranger, body: { name: MARK } })).status).toBe(201);
  await relay.call('/v1/domains', { key: first, body: { domain: 'taken.example' } });
  const taken = await relay.call('/v1/domains', { key: stranger, body: { domain: 'taken.example' } });
  expect(taken.status).toBe(201);
});

/** All that the first account has, as it is shown to its own key. */
async function snapshot(relay: HttpStage, key: string, belongings: Belongings): Promise<unknown[]> {
  // What was just added counts at once, what was just changed within a second.
  await eventually(async () => (await relay.call('/v1/streams', { key })).body.data.length === 3);
  const seen: unknown[] = [];
  for (const [url, id] of Object.entries(belongings))
    seen.push((await relay.call(url.replace(/:\w+/, encodeURIComponent(id)), { key })).body);
  return seen;
}

test('a key reads the terms and the state of its own account, and no reason that the operator noted', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const nowMs = Date.now();
  await relay.store.directory.changeAccount(
    relay.account.id,
    { limits: { messages_per_day: 7 }, storageBytes: 9, retainContentMs: 5 },
    nowMs,
    'test',
  );
  await relay.store.shaping.suspend({
    ...{
      kind: 'account',
      subject: relay.account.id,
      atMs: nowMs,
      untilMs: undefined,
      reason: MARK,
      actor: 'test',
    },
  });
  const restricted = {
    accountId: relay.account.id,
    stream: 'broadcast',
    level: 'hold',
    reason: 'bounces',
  } as const;
  await relay.store.health.setHealth({ ...restricted, perMinute: undefined, atMs: nowMs }, 'test');
  const own = await relay.key();
  await eventually(async () => {
    expect((await relay.call('/v1/account', { key: own })).body).toEqual({
      ...{ name: 'default', limits: { messages_per_day: 7 }, retain_content_ms: 5, retain_metadata_ms: null },
      usage: [
        {
          limit: 'messages_per_day',
          most: 7,
          used: 0,
          until: expect.stringMatching(/T00:00:00.000Z$/) as string,
        },
      ],
      ...{ storage_bytes: 9, storage_used_bytes: 0, storage_counting: false },
      ...{ health_limits: {}, retain_events_ms: null, suspended: true, suspended_until: null },
      health: [{ stream: 'broadcast', level: 'hold', reason: 'bounces' }],
    });
    return true;
  });
  expect((await relay.call('/v1/account', { key: stranger })).body).toMatchObject({
    ...{ name: 'other', limits: {}, suspended: false, health: [] },
  });
});
