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
    // A body that is no good must not hide what the id alone gives away.
    const { status, body } = await relay.call(path, { key: stranger, method });
    if (url === '/v1/suppressions/:address' && method === 'GET') {
      expect(body.suppressed, words).toBe(false);
      continue;
    }
    expect([400, 404], words).toContain(status);
    if (method === 'GET' || method === 'DELETE') expect(status, words).toBe(404);
    const said = JSON.stringify(body).replaceAll(decodeURIComponent(path.split('/')[3]!), '');
    expect(said, words).not.toContain(MARK);
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
