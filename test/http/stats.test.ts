/** Statistics over HTTP: what is counted, by what it can be asked for, and what is refused. */
import { expect, test } from 'vitest';
import { acceptMessage, deliverAll } from './support/accept-message.ts';
import { stage, type HttpStage } from './support/http-stage.ts';

const HOUR_MS = 3_600_000;

async function traffic(relay: HttpStage): Promise<void> {
  await acceptMessage(relay, { tags: ['welcome'], recipients: ['a@one.test', 'b@two.test'] });
  await acceptMessage(relay, { stream: 'broadcast', recipients: ['c@one.test'] });
  await deliverAll(relay);
  await acceptMessage(relay, { recipients: ['d@one.test'] });
}

test('are counted by day, with rates and the time to deliver', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['messages:read'] });
  await traffic(relay);
  const { status, body } = await relay.call('/v1/stats', { key });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    account: 'default',
    by: 'day',
    group: null,
    only: null,
    names: [],
    more_names: 0,
  });
  expect(body.periods.length).toBe(30);
  expect(body.total).toMatchObject({
    accepted: 4,
    delivered: 3,
    delivered_at_first_attempt: 3,
    bounced: 0,
    delivery_rate: 1,
    bounce_rate: 0,
    complaint_rate: 0,
    first_attempt_rate: 1,
  });
  expect(body.total.time_to_deliver_ms).toMatchObject({ p50: expect.any(Number) as number });
  expect(body.periods.reduce((sum: number, { accepted }: { accepted: number }) => sum + accepted, 0)).toBe(4);
  expect(body.periods[0]).toMatchObject({ accepted: 0, delivery_rate: null, time_to_deliver_ms: null });
});

test('are counted by what they are grouped by, the largest first, and for one name alone', async () => {
  const relay = await stage();
  const key = await relay.key();
  await traffic(relay);
  const namesOf = async (group: string, more = '') => {
    const { body } = await relay.call(`/v1/stats?group=${group}${more}`, { key });
    return [body.names.map(({ name, accepted }: any) => [name, accepted]), body.more_names];
  };
  expect(await namesOf('destination')).toEqual([
    [
      ['one.test', 3],
      ['two.test', 1],
    ],
    0,
  ]);
  expect(await namesOf('destination', '&limit=1')).toEqual([[['one.test', 3]], 1]);
  expect(await namesOf('stream')).toEqual([
    [
      ['transactional', 3],
      ['broadcast', 1],
    ],
    0,
  ]);
  expect(await namesOf('tag')).toEqual([[['welcome', 2]], 0]);
  const one = await relay.call('/v1/stats?tag=welcome&by=hour', { key });
  expect(one.body).toMatchObject({
    only: { group: 'tag', name: 'welcome' },
    by: 'hour',
    total: { accepted: 2, delivered: 2 },
  });
  expect(one.body.periods.length).toBe(24);
});

test('are those of the account of the key', async () => {
  const relay = await stage();
  await traffic(relay);
  const other = { id: 'acc_00000000000000000000000001', name: 'other', createdAtMs: 0 };
  await relay.store.directory.addAccount(other, 'test');
  const key = await relay.key({ accountId: other.id, accountName: 'other' });
  const { body } = await relay.call('/v1/stats?group=destination', { key });
  expect(body).toMatchObject({ account: 'other', total: { accepted: 0 }, names: [] });
});

test('are cut to the hours or days that were asked for', async () => {
  const relay = await stage();
  const key = await relay.key();
  await traffic(relay);
  const nextHour = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS).toISOString();
  const { body } = await relay.call(`/v1/stats?by=hour&from=${nextHour}&to=2099-01-01`, { key });
  expect(body.error.field).toBe('query.from');
  const ahead = await relay.call(`/v1/stats?by=day&from=2098-12-01&to=2099-01-01`, { key });
  expect(ahead.body).toMatchObject({ from: '2098-12-01T00:00:00.000Z', to: '2099-01-01T00:00:00.000Z' });
  expect(ahead.body.periods.length).toBe(31);
  expect(ahead.body.total.accepted).toBe(0);
});

test.each([
  ['by=week', 'query.by', 'day'],
  ['group=recipient', 'query.group', 'destination'],
  ['from=yesterday', 'query.from', '2026-11-24'],
  ['from=2026-02-02&to=2026-02-01', 'query.from', 'behind the end'],
  ['by=hour&from=2026-01-01&to=2026-06-01', 'query.from', 'at most 744 hours'],
  ['group=tag&domain=example.org', 'query.group', 'cannot be asked together'],
  ['tag=a&domain=example.org', 'query.tag', 'can be given at a time'],
  ['limit=1000', 'query.limit', '100'],
])('?%s is refused, naming %s', async (query, field, words) => {
  const relay = await stage();
  const { status, body } = await relay.call(`/v1/stats?${query}`, { key: await relay.key() });
  expect([status, body.error.field]).toEqual([400, field]);
  expect(JSON.stringify(body.error)).toContain(words);
});
