/** What every request meets, whatever its route: keys, limits, errors, headers, the log. */
import { expect, test } from 'vitest';
import { StoreError } from '../../src/store/errors.ts';
import { eventually } from '../support/eventually.ts';
import { stage } from './support/http-stage.ts';

test('a key lists and adds streams', async () => {
  const relay = await stage();
  const key = await relay.key();
  const added = await relay.call('/v1/streams', { key, body: { name: 'receipts' } });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({ name: 'receipts', kind: 'transactional', account: 'default' });
  const list = await relay.call('/v1/streams', { key });
  expect(list.body.data.map((stream: { name: string }) => stream.name)).toEqual([
    'broadcast',
    'receipts',
    'transactional',
  ]);
});

test('a request without a key is told how to make one', async () => {
  const relay = await stage();
  const { status, headers, body } = await relay.call('/v1/streams');
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer realm="postern"');
  expect(body.error.code).toBe('unauthorized');
  expect(body.error.message).toContain('relayctl credential add --kind api');
});

test('all mistakes are named at once: the field, what was given, what is accepted', async () => {
  const relay = await stage();
  const key = await relay.key();
  const { status, body } = await relay.call('/v1/streams', {
    key,
    body: { name: 'Not A Name', kind: 'bulk', colour: 'red' },
  });
  expect(status).toBe(400);
  expect(body.error.code).toBe('invalid-request');
  expect(body.error.field).toBe('name');
  expect(body.error.errors).toEqual([
    { field: 'name', message: expect.stringContaining('"Not A Name" was given') },
    { field: 'kind', message: '"bulk" was given; accepted: "transactional", "broadcast"' },
    { field: 'colour', message: 'is not a field of this request; is it misspelled?' },
  ]);
});

test('malformed JSON, another type, another method, another path', async () => {
  const relay = await stage();
  const key = await relay.key();
  const malformed = await relay.call('/v1/streams', { key, body: '{"name": secret-thing' });
  expect([malformed.status, malformed.body.error.code]).toEqual([400, 'invalid-json']);
  expect(malformed.body.error.message).not.toContain('secret-thing');
  const text = await relay.call('/v1/streams', { key, body: 'x', headers: { 'content-type': 'text/plain' } });
  expect([text.status, text.body.error.code]).toEqual([415, 'unsupported-media-type']);
  const method = await relay.call('/v1/streams', { key, method: 'DELETE' });
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  const path = await relay.call('/v1/nowhere', { key });
  expect([path.status, path.body.error.code]).toEqual([404, 'not-found']);
  const missing = await relay.call('/v1/streams', { key, method: 'POST' });
  expect([missing.status, missing.body.error.code]).toEqual([400, 'invalid-request']);
});

test('a body over the limit is refused before it is read', async () => {
  const relay = await stage();
  const key = await relay.key();
  const { status, body } = await relay.call('/v1/streams', { key, body: { name: 'x'.repeat(100_000) } });
  expect([status, body.error.code]).toEqual([413, 'too-large']);
});

test('every answer has an id, security headers and limits, and no CORS', async () => {
  const relay = await stage();
  const key = await relay.key();
  const { headers } = await relay.call('/v1/streams', { key, headers: { origin: 'https://evil.example' } });
  expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('ratelimit-policy')).toBe('"requests";q=1200;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"requests";r=1199;t=1$/);
});

test('CORS is off: a browser asking beforehand is told nothing', async () => {
  const relay = await stage();
  const { status, headers } = await relay.call('/v1/streams', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(status).toBe(405);
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('a compressed body is refused, not unpacked', async () => {
  const relay = await stage();
  const { status, body } = await relay.call('/v1/streams', {
    key: await relay.key(),
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
  });
  expect([status, body.error.code]).toEqual([415, 'unsupported-media-type']);
});

test('a body that reaches for a prototype, or is nested beyond measure, is refused', async () => {
  const relay = await stage();
  const key = await relay.key();
  const reaching = await relay.call('/v1/streams', {
    key,
    body: '{"name":"x","__proto__":{"kind":"broadcast"}}',
  });
  expect([reaching.status, reaching.body.error.code]).toEqual([400, 'invalid-json']);
  for (const name of [String.raw`\u005F\u005Fproto\u005F\u005F`, String.raw`__pr\u006fto__`, 'constructor']) {
    const spelled = `{"variables":[{"${name}":{"prototype":{}}}]}`;
    const { status, body } = await relay.call('/v1/send', { key, body: spelled });
    expect([status, body.error.code], name).toEqual([400, 'invalid-json']);
  }
  expect((await relay.call('/v1/messages?__proto__=x', { key })).status).toBe(400);
  const deep = `{"name":${'['.repeat(20_000)}"__proto__"${']'.repeat(20_000)}}`;
  expect((await relay.call('/v1/streams', { key, body: deep })).status).toBe(400);
});

test('our own mistake is 500, and explains itself to the log only', async () => {
  const relay = await stage();
  const key = await relay.key();
  relay.reader.listStreams = async () => {
    throw new TypeError('inner words');
  };
  const { status, body } = await relay.call('/v1/streams', { key });
  expect([status, body.error.code]).toEqual([500, 'internal']);
  expect(JSON.stringify(body)).not.toContain('inner words');
  expect(JSON.stringify(relay.log)).toContain('inner words');
});

test('a store that fails is 503 with Retry-After, never a wrong key', async () => {
  const relay = await stage();
  const key = await relay.key();
  relay.reader.credentialBySecretHash = async () => {
    throw new StoreError('failed', 'disk on fire');
  };
  const { status, headers, body } = await relay.call('/v1/streams', { key });
  expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
  expect(JSON.stringify(body)).not.toContain('disk on fire');
});

test('one line a request in the log, without key or path parameters', async () => {
  const relay = await stage();
  const key = await relay.key();
  await relay.call('/v1/streams?after=private', { key });
  const line = await eventually(() => relay.log.find(({ event }) => event === 'request'));
  expect(line).toMatchObject({ method: 'GET', route: '/v1/streams', status: 200, client: '127.0.0.1' });
  expect(line!['credential']).toMatch(/^crd_/);
  expect(JSON.stringify(relay.log)).not.toContain(key);
  expect(JSON.stringify(relay.log)).not.toContain('private');
});

test('a client that does not wait for its answer is logged, and leaves nothing behind', async () => {
  const held = Promise.withResolvers<undefined>();
  const relay = await stage();
  const key = await relay.key();
  relay.store.spool.accept = async () => {
    await held.promise;
    return { kind: 'accepted' };
  };
  const aborter = new AbortController();
  const { body: added } = await relay.call('/v1/domains', { key, body: { domain: 'example.org' } });
  const found = { domainId: added.id as string, recordStatus: {}, dkim: true };
  await relay.store.directory.recordDomainCheck({ ...found, atMs: 1, holder: undefined }, 'test');
  const sent = fetch(relay.url('/v1/send'), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'a@example.org', to: 'b@example.net', text: 'x'.repeat(100_000) }),
    signal: aborter.signal,
  }).catch((error: unknown) => error);
  const bytes = async () =>
    Number(/^postern_http_body_bytes (\d+)$/m.exec((await relay.call('/metrics')).body as string)?.[1]);
  await eventually(async () => (await bytes()) > 100_000);
  aborter.abort();
  await sent;
  await eventually(async () => (await bytes()) === 0);
  await eventually(() =>
    relay.log.some(
      (line) => line.event === 'request' && line['route'] === '/v1/send' && line['aborted'] === true,
    ),
  );
  held.resolve(undefined);
});

test('a key that asks too often waits', async () => {
  const relay = await stage({ http: { requestsPerMinute: 2 } });
  const key = await relay.key();
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await relay.call('/v1/streams', { key })).status);
  expect(statuses).toEqual([200, 200, 429]);
  const refused = await relay.call('/v1/streams', { key });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.body.error.code).toBe('rate-limited');
  expect((await relay.call('/v1/streams', { key: await relay.key() })).status).toBe(200);
});
