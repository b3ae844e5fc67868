/** `/v1/webhooks`: set up, change, test, look at the log and replay, over real HTTP. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  startWebhookReceiver,
  status,
  verifySignature,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';
import { acceptMessage } from './support/accept-message.ts';
import { stage, type HttpStage } from './support/http-stage.ts';

const ALLOW = { RELAY_WEBHOOKS__ALLOW_HTTP: 'true', RELAY_WEBHOOKS__ALLOW_PRIVATE_ADDRESSES: 'true' };
const HOOK = 'https://hooks.example/mail';

let receiver: WebhookReceiver | undefined;
afterEach(async () => {
  await receiver?.stop();
  receiver = undefined;
});

async function withKey(
  env = {},
): Promise<{ relay: HttpStage; call: (path: string, body?: object, method?: string) => Promise<any> }> {
  const relay = await stage({ env });
  const key = await relay.key({ scopes: ['webhooks'] });
  return {
    relay,
    call: (path, body, method) =>
      relay.call(`/v1/webhooks${path}`, { key, ...(body && { body }), ...(method && { method }) }),
  };
}

test('added, shown, changed, paused, resumed and removed; the secret stands in one answer', async () => {
  const { call } = await withKey();
  const added = await call('', { url: HOOK, events: ['bounced'] });
  expect([added.status, added.body]).toEqual([
    201,
    {
      id: expect.stringMatching(/^whk_/) as string,
      url: HOOK,
      secret: expect.stringMatching(/^whsec_/) as string,
      events: ['bounced'],
      account: 'default',
      created_at: expect.any(String) as string,
    },
  ]);
  const path = `/${added.body.id}`;
  const shown = await call(path);
  expect(shown.body).toMatchObject({ state: 'active', failing_since: null, delivered_at: null });
  expect(JSON.stringify([shown.body, (await call('')).body])).not.toContain('whsec_');
  expect((await call(path, { events: ['*'], state: 'paused' }, 'PATCH')).body).toMatchObject({
    events: ['*'],
    url: HOOK,
    state: 'paused',
    state_reason: expect.stringMatching(/^paused by api:crd_/) as string,
  });
  expect((await call(path, { state: 'active', skip: true }, 'PATCH')).body).toMatchObject({
    state: 'active',
    state_reason: null,
  });
  const rotated = await call(`${path}/rotate`, { overlap_seconds: 60 });
  expect(rotated.body.secret).not.toBe(added.body.secret);
  expect(Date.parse(rotated.body.old_secret_until)).toBeGreaterThan(Date.now());
  expect((await call(`${path}/rotate`, undefined, 'POST')).status).toBe(200);
  expect((await call(path, undefined, 'DELETE')).body).toMatchObject({ removed: true });
  expect((await call(path)).status).toBe(404);
});

describe('what is wrong is said by field', () => {
  test.each([
    [{}, 'url', 'is required'],
    [{ url: 'http://hooks.example/' }, 'url', 'must begin with https://'],
    [{ url: 'https://10.0.0.1/' }, 'url', '10.0.0.1 is not a public address: private'],
    [{ url: 'https://localhost/' }, 'url', 'this machine itself'],
    [{ url: 'https://a:b@hooks.example/' }, 'url', 'user name and password'],
    [{ url: HOOK, events: ['lost'] }, 'events[0]', ''],
    [{ url: HOOK, events: [] }, 'events', ''],
    [{ url: HOOK, secret: 'whsec_x' }, 'secret', ''],
  ])('%j', async (body, field, message) => {
    const { call } = await withKey();
    const answer = await call('', body);
    expect([answer.status, answer.body.error.field]).toEqual([400, field]);
    expect(answer.body.error.message).toContain(message);
  });

  test('an account has so many at the most', async () => {
    const { call } = await withKey();
    for (let count = 0; count < 50; count++) expect((await call('', { url: HOOK })).status).toBe(201);
    expect((await call('', { url: HOOK })).status).toBe(409);
  });
});

test('a test event is sent from the server, signed, and answered with what came back', async () => {
  receiver = await startWebhookReceiver();
  const { call } = await withKey(ALLOW);
  const { body: webhook } = await call('', { url: receiver.url });
  receiver.respond = status(202, {}, 'queued here');
  const tested = await call(`/${webhook.id}/test`, undefined, 'POST');
  expect(tested.body).toMatchObject({ delivered: true, status: 202, error: null, response: 'queued here' });
  expect(verifySignature(receiver.received[0]!, webhook.secret)).toMatchObject({ event: 'test' });
  receiver.respond = status(301, { location: 'http://127.0.0.1:1/' });
  expect((await call(`/${webhook.id}/test`, undefined, 'POST')).body).toMatchObject({
    delivered: false,
    status: 301,
    error: expect.stringContaining('not followed') as string,
  });
});

test('a name inside the network is refused when it is connected to, whatever was said before', async () => {
  const { call } = await withKey();
  // The stage's DNS knows no name at all.
  const { body: webhook } = await call('', { url: HOOK });
  expect((await call(`/${webhook.id}/test`, undefined, 'POST')).body).toMatchObject({
    delivered: false,
    status: null,
  });
});

test('the log pages, and events are replayed', async () => {
  const { relay, call } = await withKey();
  const { body: webhook } = await call('', { url: HOOK });
  const path = `/${webhook.id}`;
  const messages = [
    await acceptMessage(relay, {}),
    await acceptMessage(relay, {}),
    await acceptMessage(relay, {}),
  ];
  const atMs = Date.now();
  await relay.store.webhooks.recordWebhooks([
    {
      webhookId: webhook.id,
      cursor: 3,
      outcomes: messages.map((messageId, index) => ({
        sequence: index + 1,
        eventType: 'accepted',
        messageId,
        result: index === 1 ? 'failed' : 'delivered',
        attempts: 1,
        firstAttemptAtMs: atMs,
        nextAttemptAtMs: undefined,
        attempt: { atMs, durationMs: 5, statusCode: 200, error: undefined, excerpt: undefined },
        wasRecorded: false,
      })),
      failingSinceMs: undefined,
      deliveredAtMs: atMs,
      recovered: false,
      ends: undefined,
      atMs,
    },
  ]);
  const first = await call(`${path}/deliveries?limit=2`);
  expect(first.body.data.map((row: any) => row.event_id)).toEqual([
    'evt_00000000000003',
    'evt_00000000000002',
  ]);
  const second = await call(`${path}/deliveries?limit=2&before=${first.body.next}`);
  expect(second.body).toMatchObject({ data: [{ message_id: messages[0], state: 'delivered' }], next: null });
  expect((await call(`${path}/deliveries?state=failed`)).body.data).toHaveLength(1);
  const replay = async (body: object) => (await call(`${path}/replay`, body)).body.replayed as number;
  expect(await replay({ failed: true })).toBe(1);
  expect(await replay({ event_ids: ['evt_00000000000001', 'evt_00000000000099'] })).toBe(1);
  expect(await replay({ since: new Date(atMs - 60_000).toISOString() })).toBe(1);
  expect((await call(`${path}/deliveries?state=pending`)).body.data).toHaveLength(3);
  for (const wrong of [
    {},
    { failed: true, after: 'evt_00000000000001' },
    { until: new Date().toISOString() },
    { event_ids: ['x'] },
  ])
    expect((await call(`${path}/replay`, wrong)).status).toBe(400);
});
