/** `relayctl webhook ...`: setting up, looking at, testing, pausing, replaying. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookRecord } from '../../src/store/webhooks.ts';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import {
  startWebhookReceiver,
  status,
  verifySignature,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';
import { CliStage } from './support/cli-stage.ts';

interface Added {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
}

let stage: CliStage;
let receiver: WebhookReceiver | undefined;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => {
  await receiver?.stop();
  receiver = undefined;
  await stage.dispose();
});

const URL_OK = 'https://hooks.example.org/mail?token=abc';
const add = (...args: string[]) => stage.json('webhook', 'add', '--url', URL_OK, ...args) as Promise<Added>;
const show = (id: string, ...args: string[]) =>
  stage.json('webhook', 'show', id, ...args) as Promise<{ deliveries: object[] } & Record<string, unknown>>;

describe('add', () => {
  test('prints id, address, events and, this once, the secret', async () => {
    const added = await add('--event', 'bounced', '--event', 'delivered', '--event', 'bounced');
    expect(added).toMatchObject({ url: URL_OK, events: ['bounced', 'delivered'], account: 'default' });
    expect(added.id).toMatch(/^whk_[0-9a-z]{26}$/);
    expect(added.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await show(added.id)).toMatchObject({ url: URL_OK, state: 'active', deliveries: [] });
    const said = [
      await stage.text('webhook', 'list'),
      await stage.text('webhook', 'show', added.id),
      await stage.text('webhook', 'list', '--json'),
    ];
    for (const text of said) expect(text).not.toContain('whsec_');
    // Nor does it stand in the database in the clear, in either form.
    const key = Buffer.from(added.secret.slice(6), 'base64');
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(databasePath(stage.dataDir) + suffix);
      expect(bytes.includes(key) || bytes.includes(added.secret.slice(6))).toBe(false);
    }
    expect(await add()).toMatchObject({ events: ['*'] });
    expect(await stage.text('webhook', 'add', '--url', URL_OK)).toMatch(/secret\s+whsec_/);
  });

  test.each([
    ['http://hooks.example.org/', 'must begin with https://'],
    ['https://user:pw@hooks.example.org/', 'user name and password'],
    ['https://127.0.0.1/', '127.0.0.1 is not a public address: loopback'],
    ['https://0x7f.1/', '127.0.0.1 is not a public address: loopback'],
    ['https://[::ffff:169.254.169.254]/', 'link-local'],
    ['https://localhost:8443/', 'this machine itself'],
    ['ftp://hooks.example.org/', 'accepted is https://'],
    ['hooks.example.org', 'is not a URL'],
  ])('%s is refused', async (url, reason) => {
    const { code, err } = await stage.run(['webhook', 'add', '--url', url]);
    expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
  });

  test('an event that there is not is refused with those that there are', async () => {
    const { code, err } = await stage.run(['webhook', 'add', '--url', URL_OK, '--event', 'lost']);
    expect([code, err]).toEqual([2, expect.stringContaining('none of accepted, delivered')]);
  });
});

test('a test event is signed, and what came back is said', async () => {
  receiver = await startWebhookReceiver();
  Object.assign(stage.env, {
    RELAY_WEBHOOKS__ALLOW_HTTP: 'true',
    RELAY_WEBHOOKS__ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  stage.clock.jump(Date.now() - stage.clock.now());
  const { id, secret } = (await stage.json('webhook', 'add', '--url', receiver.url)) as Added;
  receiver.respond = status(200, {}, 'thanks\x1b[2J');
  expect(await stage.json('webhook', 'test', id)).toMatchObject({
    delivered: true,
    status: 200,
    response: 'thanks [2J',
  });
  expect(verifySignature(receiver.received[0]!, secret)).toMatchObject({
    event: 'test',
    webhook_id: id,
    message_id: null,
  });
  expect(await stage.text('webhook', 'test', id)).toContain('answered 200');
  receiver.respond = status(500, {}, 'oops');
  const { code, err } = await stage.run(['webhook', 'test', id]);
  expect(err).toContain('relayd is not running; sending it from relayctl');
  expect([code, err]).toEqual([1, expect.stringContaining('answered 500, with: oops')]);
});

test('a test event is sent by relayd where it runs, with what it says of it', async () => {
  const { id } = await add();
  const attempt = {
    atMs: stage.clock.now(),
    durationMs: 12,
    statusCode: 204,
    error: undefined,
    excerpt: undefined,
  };
  const asked: unknown[] = [];
  stage.onAsk = (request) => {
    asked.push(request);
    return Promise.resolve({ kind: 'answered', answer: attempt });
  };
  expect(await stage.run(['webhook', 'test', id])).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('answered 204') as string,
  });
  expect(asked).toEqual([{ operation: 'webhook-test', id }]);
});

test('rotation shows a new secret and keeps the old one for a while', async () => {
  const { id, secret } = await add();
  const rotated = (await stage.json('webhook', 'rotate', id, '--overlap', '2h')) as Added;
  expect(rotated.secret).not.toBe(secret);
  expect(await show(id)).toMatchObject({ old_secret_until: '2026-11-24T08:12:31.000Z' });
  expect((await stage.run(['webhook', 'rotate', id, '--overlap', '90d'])).code).toBe(2);
});

test('change, pause, resume and remove', async () => {
  const { id } = await add();
  expect(await stage.json('webhook', 'change', id, '--event', 'bounced')).toMatchObject({
    events: ['bounced'],
    url: URL_OK,
  });
  expect((await stage.run(['webhook', 'change', id])).code).toBe(2);
  await stage.text('webhook', 'pause', id);
  expect(await show(id)).toMatchObject({ state: 'paused', state_reason: 'paused by relayctl:test' });
  expect(await stage.text('webhook', 'list')).toContain('paused: paused by relayctl:test');
  expect(await stage.json('webhook', 'resume', id, '--skip')).toEqual({ id, state: 'active', skipped: true });
  expect((await stage.run(['webhook', 'remove', id])).code).toBe(2);
  await stage.text('webhook', 'remove', id, '--yes');
  const { code, err } = await stage.run(['webhook', 'show', id]);
  expect([code, err]).toEqual([1, expect.stringContaining(`there is no webhook ${id}`)]);
});

test('status warns of one that was paused for its failures, and of one that fails', async () => {
  const { id, url } = await add();
  stage.relayRuns();
  const warnings = async () => ((await stage.json('status')) as { warnings: string[] }).warnings;
  expect(await warnings()).toEqual([]);
  const record = recordOf(id, 'msg_a', 'msg_b', stage.clock.now());
  const failingSinceMs = stage.clock.now() - 3_600_000;
  await stage.store.webhooks.recordWebhooks([{ ...record, failingSinceMs }]);
  expect(await warnings()).toEqual([
    `webhook ${id} to hooks.example.org has failed for 1 h; what it says: relayctl webhook show ${id}`,
  ]);
  const ends = { state: 'paused', reason: 'nothing has arrived', url } as const;
  await stage.store.webhooks.recordWebhooks([{ ...record, outcomes: [], ends }]);
  expect(await warnings()).toEqual([
    `webhook ${id} to hooks.example.org is paused since now: nothing has arrived; go on: relayctl webhook resume ${id}`,
  ]);
});

test('the log is shown, and replayed by id, time and failure', async () => {
  const { id } = await add();
  const first = await stage.accept();
  await stage.clock.advance(3 * 3_600_000);
  const second = await stage.accept();
  await stage.store.webhooks.recordWebhooks([recordOf(id, first, second, stage.clock.now())]);
  const { deliveries } = await show(id);
  expect(deliveries).toEqual([
    {
      event_id: 'evt_00000000000002',
      event: 'accepted',
      message_id: second,
      state: 'failed',
      attempts: 14,
      next_attempt_at: null,
      last_attempt: {
        at: '2026-11-24T09:12:31.000Z',
        status: 500,
        error: 'answered 500',
        response: 'out of order',
        duration_ms: 31,
      },
      ended_at: '2026-11-24T09:12:31.000Z',
    },
    expect.objectContaining({ event_id: 'evt_00000000000001', state: 'delivered' }),
  ]);
  expect((await show(id, '--failed')).deliveries).toHaveLength(1);
  const { out } = await stage.run(['webhook', 'show', id], { columns: 160 });
  expect(out).toContain('answered 500 in 31 ms: out of order');
  const replay = async (...args: string[]) =>
    ((await stage.json('webhook', 'replay', id, ...args)) as { replayed: number }).replayed;
  expect(await replay('--failed')).toBe(1);
  expect(await replay('--since', '1h')).toBe(0);
  expect(await replay('--since', '4h', '--until', '2h')).toBe(1);
  expect(await replay('--event-id', 'evt_00000000000001')).toBe(0);
  expect(await replay('--after', 'evt_00000000000000')).toBe(0);
  expect((await show(id, '--pending')).deliveries).toHaveLength(2);
  for (const wrong of [[], ['--failed', '--since', '1h'], ['--since', 'yesterday'], ['--event-id', 'x']])
    expect((await stage.run(['webhook', 'replay', id, ...wrong])).code).toBe(2);
});

function recordOf(webhookId: string, first: string, second: string, atMs: number): WebhookRecord {
  const common = {
    eventType: 'accepted',
    firstAttemptAtMs: atMs,
    nextAttemptAtMs: undefined,
    wasRecorded: false,
  } as const;
  return {
    webhookId,
    cursor: 2,
    outcomes: [
      {
        ...common,
        sequence: 1,
        messageId: first,
        result: 'delivered',
        attempts: 1,
        attempt: { atMs, durationMs: 31, statusCode: 200, error: undefined, excerpt: undefined },
      },
      {
        ...common,
        sequence: 2,
        messageId: second,
        result: 'failed',
        attempts: 14,
        attempt: { atMs, durationMs: 31, statusCode: 500, error: 'answered 500', excerpt: 'out of order' },
      },
    ],
    failingSinceMs: undefined,
    deliveredAtMs: undefined,
    recovered: false,
    ends: undefined,
    atMs,
  };
}
