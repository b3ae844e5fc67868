/** A key with the scope admin that is bound makes no credential that is not, by any route. */
import { expect, test } from 'vitest';
import type { Credential } from '../../src/store/directory-records.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';

const EXPIRES_MS = Date.UTC(2100, 0, 1);
const BOUND: Partial<Credential> = {
  domains: ['a.test', 'b.test'],
  fromAddresses: ['kate@a.test', 'ann@b.test'],
  networks: ['127.0.0.0/8', '10.0.0.0/8'],
  ratePerMinute: 10,
  dailyQuota: 100,
  expiresAtMs: EXPIRES_MS,
};

const make = (relay: HttpStage, key: string, body: object) => relay.call('/v1/credentials', { key, body });

test('what it makes has all of its limits, where the request names none', async () => {
  const relay = await stage();
  const key = await relay.key(BOUND);
  for (const kind of ['smtp', 'api']) {
    const { status, body } = await make(relay, key, { kind, scopes: ['admin'] });
    expect(status).toBe(201);
    const kept = (await relay.reader.findCredential(relay.account.id, body.id))!;
    expect(kept).toMatchObject(BOUND);
  }
});

test('it may narrow them', async () => {
  const relay = await stage();
  const key = await relay.key(BOUND);
  const { status, body } = await make(relay, key, {
    kind: 'network',
    domains: ['a.test'],
    from: ['kate@a.test'],
    allow_ip: ['10.1.2.0/24'],
    rate_per_minute: 1,
    daily_quota: 1,
    expires_at: new Date(EXPIRES_MS - 1).toISOString(),
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({ domains: ['a.test'], networks: ['10.1.2.0/24'], rate_per_minute: 1 });
});

test.each([
  ['domains', { domains: ['c.test'] }],
  ['from', { from: ['kate@b.test'] }],
  ['allow_ip', { allow_ip: ['0.0.0.0/1'] }],
  ['allow_ip', { kind: 'network', allow_ip: ['192.0.2.0/24'] }],
  ['rate_per_minute', { rate_per_minute: 11 }],
  ['daily_quota', { daily_quota: 101 }],
  ['expires_at', { expires_at: '2100-01-01T00:00:01Z' }],
])('beyond them (%s) it is refused, and nothing is made', async (field, body) => {
  const relay = await stage();
  const key = await relay.key(BOUND);
  const answer = await make(relay, key, { kind: 'api', ...body });
  expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([
    403,
    'beyond-own-limits',
    field,
  ]);
  expect(await relay.reader.listCredentials(relay.account.id, undefined, 100)).toHaveLength(1);
});

test('it gets no new secret of a wider credential, and the old one goes on', async () => {
  const relay = await stage();
  const bound = await relay.key({ domains: ['a.test'] });
  const wide = await relay.key();
  const wideId = (await relay.reader.listCredentials(relay.account.id, undefined, 100)).find(
    ({ domains }) => domains.length === 0,
  )!.id;
  const rotate = (id: string, key: string) =>
    relay.call(`/v1/credentials/${id}/rotate`, { key, method: 'POST' });
  const refused = await rotate(wideId, bound);
  expect([refused.status, refused.body.error.code]).toEqual([403, 'beyond-own-limits']);
  expect((await relay.call('/v1/streams', { key: wide })).status).toBe(200);
  const alike = await relay.credential({ kind: 'smtp', username: 'x', domains: ['a.test'] });
  expect((await rotate(alike.id, bound)).status).toBe(200);
  expect((await rotate(wideId, wide)).status).toBe(200);
});

test('it may end any credential of the account: that widens nothing', async () => {
  const relay = await stage();
  const bound = await relay.key({ domains: ['a.test'] });
  const wide = await relay.credential({});
  const { status } = await relay.call(`/v1/credentials/${wide.id}`, { key: bound, method: 'DELETE' });
  expect(status).toBe(200);
});

test('a key without limits makes what it likes', async () => {
  const relay = await stage();
  const { status, body } = await make(relay, await relay.key(), { kind: 'smtp' });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    domains: [],
    from: [],
    allow_ip: [],
    rate_per_minute: null,
    expires_at: null,
  });
});
