/** Domains, suppressions, credentials and messages over HTTP: what is done, kept and refused. */
import { describe, expect, test } from 'vitest';
import type { DnsAnswer, Resolver } from '../../src/dns/resolver.ts';
import { isApiKey } from '../../src/platform/api-key.ts';
import { eventually } from '../support/eventually.ts';
import { stage } from './support/http-stage.ts';
import { acceptMessage } from './support/accept-message.ts';

describe('domains', () => {
  test('are added with records to publish, verified against DNS, and removed', async () => {
    const txt = new Map<string, string>();
    const relay = await stage({ resolver: resolverOf(txt) });
    const key = await relay.key({ scopes: ['domains'] });
    const added = await relay.call('/v1/domains', { key, body: { domain: 'Example.ORG.' } });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ domain: 'example.org', verified: false, dkim: 'both' });
    const { records } = added.body;
    expect(records.map((record: any) => record.purpose)).toEqual([
      'dkim-rsa',
      'dkim-ed25519',
      'spf',
      'dmarc',
    ]);
    const before = await relay.call('/v1/domains/example.org/verify', { key, method: 'POST' });
    expect(before.body.records.map((record: any) => record.status)).toEqual(Array(4).fill('missing'));
    for (const { name, value } of records) txt.set(name, value);
    const after = await relay.call('/v1/domains/example.org/verify', { key, method: 'POST' });
    expect(after.body).toMatchObject({ verified: true });
    expect(after.body.records.map((record: any) => record.status)).toEqual(Array(4).fill('ok'));
    const list = await relay.call('/v1/domains', { key });
    expect(list.body.data).toMatchObject([{ domain: 'example.org', verified: true }]);
    expect((await relay.call('/v1/domains', { key, body: { domain: 'example.org' } })).status).toBe(409);
    const removed = await relay.call('/v1/domains/example.org', { key, method: 'DELETE' });
    expect(removed.body).toEqual({
      ...{ domain: 'example.org', removed: true, waiting: 0, waiting_at_least: false },
    });
    await eventually(async () => (await relay.call('/v1/domains/example.org', { key })).status === 404);
  });

  test('have an RSA key alone where that is asked for, and are verified without an Ed25519 record', async () => {
    const txt = new Map<string, string>();
    const relay = await stage({ resolver: resolverOf(txt) });
    const key = await relay.key({ scopes: ['domains'] });
    const added = await relay.call('/v1/domains', { key, body: { domain: 'example.org', dkim: 'rsa' } });
    expect([added.status, added.body.dkim]).toEqual([201, 'rsa']);
    expect(added.body.records.map((record: any) => record.purpose)).toEqual(['dkim-rsa', 'spf', 'dmarc']);
    txt.set(added.body.records[0].name, added.body.records[0].value);
    const verified = await relay.call('/v1/domains/example.org/verify', { key, method: 'POST' });
    expect(verified.body).toMatchObject({ verified: true, dkim: 'rsa' });
    const both = await relay.call('/v1/domains', { key, body: { domain: 'example.net', dkim: 'both' } });
    expect(both.body.dkim).toBe('both');
    const list = await relay.call('/v1/domains', { key });
    expect(list.body.data.map((row: any) => [row.domain, row.dkim])).toEqual([
      ['example.net', 'both'],
      ['example.org', 'rsa'],
    ]);
  });

  test('Ed25519 alone is refused with the reason, any other key with what there is', async () => {
    const relay = await stage();
    const key = await relay.key();
    const add = async (dkim: unknown) =>
      (await relay.call('/v1/domains', { key, body: { domain: 'example.org', dkim } })).body.error;
    expect(await add('ed25519')).toMatchObject({
      field: 'dkim',
      message:
        'dkim: accepted: "both", "rsa"; many receivers cannot verify Ed25519, so what is signed with it has to be ' +
        'signed with RSA as well (RFC 8463 §6); "ed25519" was given',
    });
    expect((await add('dsa')).message).toBe('dkim: "dsa" was given; accepted: "both", "rsa"');
    expect((await add(1)).message).toBe('dkim: 1 was given; accepted: a string');
    expect((await relay.call('/v1/domains', { key })).body.data).toEqual([]);
  });

  test('what is no domain is refused with what was given', async () => {
    const relay = await stage();
    const key = await relay.key();
    const { status, body } = await relay.call('/v1/domains', { key, body: { domain: 'a@b' } });
    expect([status, body.error.field]).toEqual([400, 'domain']);
    expect(body.error.message).toBe('domain: accepted: a domain name such as example.com; "a@b" was given');
  });

  test('a domain stays verified while DNS cannot be asked', async () => {
    const relay = await stage({ resolver: resolverOf('failed') });
    const key = await relay.key();
    await relay.call('/v1/domains', { key, body: { domain: 'example.org' } });
    const { status, headers } = await relay.call('/v1/domains/example.org/verify', { key, method: 'POST' });
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('30');
  });
});

test('lists of domains, streams and credentials come in pages', async () => {
  const relay = await stage();
  const key = await relay.key();
  for (const name of ['a', 'b', 'c']) {
    await relay.call('/v1/domains', { key, body: { domain: `${name}.example` } });
    await relay.call('/v1/streams', { key, body: { name } });
    await relay.call('/v1/credentials', { key, body: { name } });
  }
  for (const [noun, count] of [
    ['domains', 3],
    ['streams', 5],
    ['credentials', 4],
  ] as const) {
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page++) {
      const { body } = await relay.call(`/v1/${noun}?limit=2${after}`, { key });
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map((item: any) => item.domain ?? item.name));
      if (body.next === null) break;
      after = `&after=${body.next}`;
    }
    expect(seen, noun).toHaveLength(count);
    expect(new Set(seen).size, noun).toBe(count);
  }
});

describe('suppressions', () => {
  test('are added, checked, listed by page and taken back', async () => {
    const relay = await stage();
    const key = await relay.key({ scopes: ['suppressions'] });
    for (const address of ['Alice@Example.NET', 'bob@example.net', 'carol@example.net'])
      expect((await relay.call('/v1/suppressions', { key, body: { address, note: 'asked' } })).status).toBe(
        201,
      );
    const check = await relay.call('/v1/suppressions/ALICE@example.net', { key });
    expect(check.body).toMatchObject({
      suppressed: true,
      suppression: { address: 'alice@example.net', reason: 'manual', scope: 'account', evidence: 'asked' },
    });
    const first = await relay.call('/v1/suppressions?limit=2', { key });
    expect(first.body.data).toHaveLength(2);
    const second = await relay.call(`/v1/suppressions?limit=2&after=${first.body.next}`, { key });
    expect(second.body.data.map((row: any) => row.address)).toEqual(['carol@example.net']);
    expect(second.body.next).toBeNull();
    const gone = await relay.call('/v1/suppressions/alice@example.net', { key, method: 'DELETE' });
    expect(gone.body).toEqual({ address: 'alice@example.net', scope: 'account', removed: true });
    const free = await relay.call('/v1/suppressions/alice@example.net', { key });
    expect(free.body).toEqual({
      address: 'alice@example.net',
      stream: 'transactional',
      suppressed: false,
      suppression: null,
      looked_at: [],
    });
    expect((await relay.call('/v1/suppressions/alice@example.net', { key, method: 'DELETE' })).status).toBe(
      404,
    );
  });

  test('of a stream are of that stream only', async () => {
    const relay = await stage();
    const key = await relay.key();
    const body = { address: 'a@example.net', stream: 'broadcast' };
    expect((await relay.call('/v1/suppressions', { key, body })).body.scope).toBe('broadcast');
    const inStream = await relay.call('/v1/suppressions/a@example.net?stream=broadcast', { key });
    const elsewhere = await relay.call('/v1/suppressions/a@example.net', { key });
    expect([inStream.body.suppressed, elsewhere.body.suppressed]).toEqual([true, false]);
    const unknown = await relay.call('/v1/suppressions', { key, body: { ...body, stream: 'none' } });
    expect(unknown.body.error).toMatchObject({
      field: 'stream',
      message: 'there is no stream none; accepted: broadcast, transactional',
    });
  });

  test('end at a time that lies ahead', async () => {
    const relay = await stage();
    const key = await relay.key();
    const past = await relay.call('/v1/suppressions', {
      key,
      body: { address: 'a@example.net', expires_at: '2020-01-01T00:00:00Z' },
    });
    expect(past.body.error.message).toContain('expires_at 2020-01-01T00:00:00.000Z is not in the future');
  });
});

describe('credentials', () => {
  test('an API key is made, used, rotated and revoked over HTTP; the old one stops', async () => {
    const relay = await stage();
    const admin = await relay.key();
    const made = await relay.call('/v1/credentials', {
      key: admin,
      body: {
        kind: 'api',
        name: 'shop',
        scopes: ['messages:read'],
        allow_ip: ['127.0.0.1'],
        rate_per_minute: 60,
      },
    });
    expect(made.status).toBe(201);
    const { id, key } = made.body;
    expect(isApiKey(key)).toBe(true);
    expect(made.body).toMatchObject({ kind: 'api', allow_ip: ['127.0.0.1/32'], rate_per_minute: 60 });
    expect((await relay.call('/v1/streams', { key })).status).toBe(200);
    const shown = await relay.call('/v1/credentials', { key: admin });
    expect(JSON.stringify(shown.body)).not.toContain(key);
    expect(shown.body.data.map((row: any) => row.name)).toContain('shop');
    const rotated = await relay.call(`/v1/credentials/${id}/rotate`, { key: admin, method: 'POST' });
    expect((await relay.call('/v1/streams', { key: rotated.body.key })).status).toBe(200);
    await eventually(async () => (await relay.call('/v1/streams', { key })).status === 401);
    await relay.call(`/v1/credentials/${id}`, { key: admin, method: 'DELETE' });
    await eventually(async () => (await relay.call('/v1/streams', { key: rotated.body.key })).status === 401);
    const again = await relay.call(`/v1/credentials/${id}/rotate`, { key: admin, method: 'POST' });
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict']);
  });

  test('a client certificate is shown, and neither given nor replaced over HTTP: its fingerprint is public', async () => {
    const relay = await stage();
    const admin = await relay.key();
    const notAfterMs = Date.parse('2030-01-01T00:00:00Z');
    const { id } = await relay.credential({
      ...{ kind: 'smtp', username: 'web1', secretHash: new Uint8Array(32).fill(0xab) },
      certificate: { subject: 'CN=web1', notAfterMs },
    });
    const shown = await relay.call(`/v1/credentials/${id}`, { key: admin });
    expect(shown.body.certificate).toEqual({
      ...{ fingerprint: Array(32).fill('AB').join(':'), subject: 'CN=web1' },
      not_after: '2030-01-01T00:00:00.000Z',
    });
    const rotated = await relay.call(`/v1/credentials/${id}/rotate`, { key: admin, method: 'POST' });
    expect([rotated.status, rotated.body.error.code]).toEqual([409, 'conflict']);
    expect(rotated.body.error.message).toContain(`relayctl credential rotate ${id} --certificate FILE`);
    const body = { name: 'web2', certificate: Array(32).fill('CD').join(':') };
    expect((await relay.call('/v1/credentials', { key: admin, body })).status).toBe(400);
    const made = await relay.call('/v1/credentials', { key: admin, body: { name: 'web3' } });
    expect(made.body).toMatchObject({ certificate: null, password: expect.any(String) });
    await relay.call(`/v1/credentials/${id}`, { key: admin, method: 'DELETE' });
    expect(
      (await relay.reader.credentialByCertificate(new Uint8Array(32).fill(0xab)))?.revokedAtMs,
    ).toBeDefined();
  });

  test('is changed in what is named alone; null takes away, lists are replaced', async () => {
    const relay = await stage();
    const admin = await relay.key();
    const made = await relay.call('/v1/credentials', {
      key: admin,
      body: { name: 'shop', rate_per_minute: 60, limits: { messages_per_hour: 5 }, from: ['a@b.example'] },
    });
    expect(made.body.limits).toEqual({ messages_per_minute: 60, messages_per_hour: 5 });
    const change = async (body: object) =>
      await relay.call(`/v1/credentials/${made.body.id}`, { key: admin, method: 'PATCH', body });
    const changed = await change({
      name: 'store',
      limits: { messages_per_hour: null, new_recipients_per_day: 0 },
      from: [],
      stream: 'broadcast',
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect(changed.body).toMatchObject({
      id: made.body.id,
      name: 'store',
      username: made.body.username,
      from: [],
      stream: 'broadcast',
      expires_at: '2099-01-01T00:00:00.000Z',
      last_used: null,
    });
    expect(changed.body.limits).toEqual({ messages_per_minute: 60, new_recipients_per_day: 0 });
    const none = await change({ rate_per_minute: null, expires_at: null });
    expect(none.body).toMatchObject({ rate_per_minute: null, expires_at: null });
    expect((await change({})).status).toBe(400);
    expect((await change({ limits: { messages_per_week: 1 } })).status).toBe(400);
    expect((await change({ username: 'x' })).status).toBe(400);
  });

  test('both keys of a rotation work until the old one is ended', async () => {
    const relay = await stage();
    const admin = await relay.key();
    const body = { kind: 'api', scopes: ['messages:read'] };
    const { id, key } = (await relay.call('/v1/credentials', { key: admin, body })).body;
    const rotate = async (asked?: object) =>
      await relay.call(`/v1/credentials/${id}/rotate`, {
        key: admin,
        method: 'POST',
        ...(asked && { body: asked }),
      });
    const works = async (with_: string) => (await relay.call('/v1/streams', { key: with_ })).status;
    expect(await works(key)).toBe(200);
    const rotated = (await rotate({ keep_old_seconds: 3_600 })).body;
    expect(Date.parse(rotated.old_secret_until)).toBeGreaterThan(0);
    expect([await works(key), await works(rotated.key)]).toEqual([200, 200]);
    expect((await rotate({ keep_old_seconds: 3_600 })).status).toBe(409);
    expect((await rotate({ end_old: true })).body.key).toBeNull();
    await eventually(async () => (await works(key)) === 401);
    expect(await works(rotated.key)).toBe(200);
  });

  test('a network without addresses, the whole internet, and a name that is taken are refused', async () => {
    const relay = await stage();
    const key = await relay.key();
    const add = async (body: object) => (await relay.call('/v1/credentials', { key, body })).body.error;
    expect(await add({ kind: 'network' })).toMatchObject({ field: 'allow_ip' });
    const whole = await add({ kind: 'network', allow_ip: ['0.0.0.0/0'] });
    expect(whole).toMatchObject({ field: 'allow_ip[0]' });
    expect(whole.message).toContain('the whole internet');
    await relay.call('/v1/credentials', { key, body: { name: 'app' } });
    expect(await add({ name: 'app' })).toMatchObject({ code: 'conflict', field: 'name' });
    expect(await add({ kind: 'api', scopes: ['everything'] })).toMatchObject({ field: 'scopes[0]' });
  });
});

describe('messages', () => {
  test('are listed by page and by what they are, and shown with their events', async () => {
    const relay = await stage();
    const key = await relay.key({ scopes: ['messages:read'] });
    const ids: string[] = [];
    for (const recipient of ['a@one.example', 'b@two.example', 'c@one.example'])
      ids.unshift(await acceptMessage(relay, { recipients: [recipient], tags: [recipient.slice(0, 1)] }));
    const first = await relay.call('/v1/messages?limit=2', { key });
    expect(first.body.data.map((row: any) => row.id)).toEqual(ids.slice(0, 2));
    const second = await relay.call(`/v1/messages?limit=2&after=${first.body.next}`, { key });
    expect(second.body.data.map((row: any) => row.id)).toEqual(ids.slice(2));
    expect(second.body.next).toBeNull();
    const of = async (query: string) =>
      (await relay.call(`/v1/messages?${query}`, { key })).body.data.map((row: any) => row.id);
    expect(await of('destination=one.example')).toEqual([ids[0], ids[2]]);
    expect(await of('recipient=b%40TWO.example')).toEqual([ids[1]]);
    expect(await of('recipient=B%40two.example')).toEqual([ids[1]]);
    expect(await of('tag=a')).toEqual([ids[2]]);
    expect(await of('state=delivered')).toEqual([]);
    expect(await of('stream=broadcast')).toEqual([]);
    const shown = await relay.call(`/v1/messages/${ids[0]!}`, { key });
    expect(shown.body).toMatchObject({
      id: ids[0],
      deliveries: [{ recipient: 'c@one.example', state: 'queued', history: [] }],
      events: [{ event: 'accepted', message_id: ids[0], recipient: 'c@one.example', tags: ['c'] }],
    });
    const wrong = await relay.call('/v1/messages?state=lost&limit=0', { key });
    expect(wrong.body.error.errors.map((error: any) => error.field)).toEqual(['query.state', 'query.limit']);
  });

  test('content is for admins, octet for octet', async () => {
    const relay = await stage();
    const id = await acceptMessage(relay, { content: 'From: a@example.org\r\n\r\nsecret word\r\n' });
    const raw = await relay.call(`/v1/messages/${id}/raw`, { key: await relay.key() });
    expect(raw.headers.get('content-type')).toBe('message/rfc822');
    expect(raw.body).toBe('From: a@example.org\r\n\r\nsecret word\r\n');
    const reader = await relay.key({ scopes: ['messages:read'] });
    expect((await relay.call(`/v1/messages/${id}/raw`, { key: reader })).status).toBe(403);
  });
});

function resolverOf(txt: ReadonlyMap<string, string> | 'failed'): Resolver {
  const answer = (name: string): DnsAnswer<string> => {
    if (txt === 'failed') return { kind: 'failed', reason: 'SERVFAIL' };
    const value = txt.get(name);
    if (value === undefined) return { kind: 'not-found', nxdomain: true };
    return { kind: 'found', records: [value], ttlSeconds: 60 };
  };
  const none = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
  return {
    mx: none,
    a: none,
    aaaa: none,
    cname: none,
    ptr: none,
    txt: (name) => Promise.resolve(answer(name)),
  };
}
