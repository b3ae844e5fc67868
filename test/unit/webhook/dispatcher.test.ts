/** The dispatcher with a real store and real receivers: what arrives, in which order, how often, and what is written down. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventOfAccount, fakeReceivers, HOUR_MS, MINUTE_MS } from './support/webhook-events.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { makeSealedKey } from '../../../src/webhook/webhook-keys.ts';
import { WebhookBench } from './support/webhook-bench.ts';
import { eventsOf, status, verifySignature, type ReceivedWebhook } from '../../support/webhook-receiver.ts';

let bench: WebhookBench;
beforeEach(() => (bench = new WebhookBench()));
afterEach(async () => await bench.dispose());

describe('what arrives', () => {
  test('is signed, has the fields of the contract first, and the facts of its event', async () => {
    const receiver = await bench.receiver();
    const secret = await bench.add('whk_a', receiver.url);
    bench.start();
    const id = await bench.accept({ tags: ['invoice'], metadata: { order: '42' } });
    await bench.settle({
      event: { type: 'delivered', atMs: bench.clock.now(), data: { reply: '250 2.0.0 Ok', code: 250 } },
    });
    await bench.until(async () => receiver.received.length === 2);
    const [accepted, delivered] = receiver.received as [ReceivedWebhook, ReceivedWebhook];
    expect(verifySignature(delivered, secret)).toEqual(delivered.body);
    expect(Object.keys(delivered.body).slice(0, 4)).toEqual([
      'event',
      'message_id',
      'timestamp',
      'recipient',
    ]);
    expect(delivered.body).toMatchObject({
      event: 'delivered',
      message_id: id,
      recipient: 'user@example.com',
      delivery_id: `${id.replace('msg_', 'dlv_')}-1`,
      account: 'default',
      stream: 'transactional',
      tags: ['invoice'],
      metadata: { order: '42' },
      reply: '250 2.0.0 Ok',
      code: 250,
    });
    expect(delivered.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Postern/0.0.0',
      'webhook-id': 'evt_00000000000002_a',
    });
    expect(accepted.headers['webhook-id']).toBe('evt_00000000000001_a');
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 2);
    expect(await bench.log('whk_a')).toMatchObject([
      { sequence: 2, state: 'delivered', attempts: 1, lastAttempt: { statusCode: 204, error: undefined } },
      { sequence: 1, state: 'delivered' },
    ]);
    expect((await bench.webhook('whk_a')).deliveredAtMs).toBeGreaterThan(0);
  });

  test('is told by one node at a time: by this one while it has the duty', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url, ['accepted']);
    let tells = false;
    let asked = 0;
    bench.tells = () => {
      asked++;
      return tells;
    };
    bench.start();
    await bench.accept();
    await bench.until(async () => asked > 3);
    expect(receiver.received).toHaveLength(0);
    tells = true;
    await bench.until(async () => receiver.received.length === 1);
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 1);
    tells = false;
    asked = 0;
    await bench.until(async () => asked > 1);
    await bench.accept();
    await bench.until(async () => asked > 4);
    expect(receiver.received).toHaveLength(1);
    tells = true;
    await bench.until(async () => receiver.received.length === 2);
  });

  test('is what the webhook asks for, from its own account, from its beginning on', async () => {
    const receiver = await bench.receiver();
    await bench.accept();
    await bench.add('whk_a', receiver.url, ['delivered']);
    bench.start();
    await bench.accept();
    const other = { id: 'acc_other', name: 'other', createdAtMs: 1 };
    await bench.store.directory.addAccount(other, 'test');
    await bench.accept({ accountId: 'acc_other' });
    await bench.settle();
    await bench.until(async () => receiver.received.length >= 2);
    await bench.clock.advance(1_000);
    expect(receiver.received.map(({ body }) => [body['event'], body['account']])).toEqual([
      ['delivered', 'default'],
      ['delivered', 'default'],
    ]);
  });

  test('comes within a quarter of a second of virtual time, over few connections', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    bench.start();
    for (let count = 0; count < 100; count++) await bench.accept();
    const beforeMs = bench.clock.monotonic();
    await bench.until(async () => receiver.received.length > 0, 10);
    expect(bench.clock.monotonic() - beforeMs).toBeLessThanOrEqual(250);
    await bench.until(async () => receiver.received.length === 100);
    expect(Math.max(...receiver.received.map(({ connection }) => connection))).toBeLessThanOrEqual(16);
  });

  test('events about the account have no message', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    bench.start();
    await eventOfAccount(bench, 'hold');
    await bench.until(async () => receiver.received.length === 1);
    expect(receiver.received[0]!.body).toMatchObject({
      event: 'health_changed',
      message_id: null,
      delivery_id: null,
      recipient: null,
      level: 'hold',
      before: 'good',
    });
  });
});

describe('order', () => {
  test('a later event of a message waits for the earlier one, through all its tries; other messages do not', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    let failures = 2;
    let stubborn = '';
    receiver.respond = (response, { body }) => {
      const fails = body['message_id'] === stubborn && body['event'] === 'accepted' && failures-- > 0;
      status(fails ? 500 : 200)(response, receiver.received.at(-1)!);
    };
    stubborn = await bench.accept();
    bench.start();
    await bench.until(async () => (await bench.log('whk_a')).length === 1);
    await bench.settle();
    const quick = await bench.accept();
    await bench.settle();
    await bench.until(async () => receiver.received.length === 3 + 3, 200);
    expect(eventsOf(receiver.received).filter((one) => one.endsWith(stubborn))).toEqual([
      `accepted ${stubborn}`,
      `accepted ${stubborn}`,
      `accepted ${stubborn}`,
      `delivered ${stubborn}`,
    ]);
    expect(eventsOf(receiver.received).filter((one) => one.endsWith(quick))).toEqual([
      `accepted ${quick}`,
      `delivered ${quick}`,
    ]);
    // Ids are the same at every try, and the message that went well did not wait.
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(4);
    expect(eventsOf(receiver.received).indexOf(`delivered ${quick}`)).toBeLessThan(5);
    await bench.until(async () => (await bench.log('whk_a')).every(({ state }) => state === 'delivered'));
    expect((await bench.log('whk_a')).find(({ attempts }) => attempts === 3)).toMatchObject({
      messageId: stubborn,
    });
  });

  test('events of one message that are there at once go one after the other', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    const recipients = Array.from({ length: 20 }, (_, index) => `r${index}@example.com`);
    await bench.accept({ recipients });
    await bench.settle();
    let most = 0;
    receiver.respond = (response, received) => {
      most = Math.max(most, receiver.open);
      setImmediate(() => status(200)(response, received));
    };
    bench.start();
    await bench.until(async () => receiver.received.length === 40);
    expect(most).toBe(1);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([...ids].sort());
  });

  test('a slow receiver delays no other, and gets a bounded number of requests at a time', async () => {
    const slow = await bench.receiver();
    const quick = await bench.receiver();
    slow.respond = () => undefined;
    await bench.add('whk_slow', slow.url);
    await bench.add('whk_quick', quick.url);
    bench.start();
    for (let count = 0; count < 60; count++) await bench.accept();
    await bench.until(async () => quick.received.length === 60, 5);
    expect(slow.open).toBe(8);
    expect(await bench.log('whk_slow')).toEqual([]);
    await bench.until(async () => (await bench.log('whk_slow')).length > 0, 500);
    expect((await bench.log('whk_slow')).at(-1)).toMatchObject({
      state: 'pending',
      attempts: 1,
      lastAttempt: { statusCode: undefined, error: 'no answer within 15 seconds' },
    });
  });
});

describe('failures', () => {
  test('410 disables it, with an event', async () => {
    const receiver = await bench.receiver();
    receiver.respond = status(410);
    await bench.add('whk_a', receiver.url);
    bench.start();
    await bench.accept();
    await bench.until(async () => (await bench.webhook('whk_a')).state === 'disabled');
    expect((await bench.webhook('whk_a')).stateReason).toContain('410');
    expect(await bench.log('whk_a')).toMatchObject([{ state: 'failed', lastAttempt: { statusCode: 410 } }]);
    await bench.accept();
    await bench.clock.advance(HOUR_MS);
    expect(receiver.received).toHaveLength(1);
    // It comes back when a person says so, and misses nothing.
    receiver.respond = status(200);
    await bench.store.webhooks.resumeWebhook('whk_a', false, bench.clock.now(), 'test');
    await bench.until(async () => receiver.received.length === 3);
    expect(receiver.received.slice(1).map(({ body }) => body['event'])).toEqual(
      expect.arrayContaining(['webhook_disabled', 'accepted']),
    );
  });

  test('Retry-After is obeyed for everything, and bounded', async () => {
    const receiver = await bench.receiver();
    receiver.respond = status(429, { 'retry-after': '600' });
    await bench.add('whk_a', receiver.url);
    bench.start();
    await bench.accept();
    await bench.until(async () => (await bench.log('whk_a')).length === 1);
    receiver.respond = status(200);
    await bench.accept();
    await bench.clock.advance(595_000);
    expect(receiver.received).toHaveLength(1);
    await bench.clock.advance(3_000);
    await bench.until(async () => receiver.received.length === 3);
  });

  test('redirects are failures that say so', async () => {
    const receiver = await bench.receiver();
    const elsewhere = await bench.receiver();
    receiver.respond = status(302, { location: elsewhere.url });
    await bench.add('whk_a', receiver.url);
    bench.start();
    await bench.accept();
    await bench.until(async () => (await bench.log('whk_a')).length === 1);
    expect((await bench.log('whk_a'))[0]?.lastAttempt?.error).toMatch(
      /^answered 302: redirects to http.* are not followed/,
    );
    expect(elsewhere.received).toEqual([]);
  });

  test('an event is tried for a day and a half, then given up; the webhook is paused, with an event', async () => {
    await bench.dispose();
    bench = new WebhookBench(true);
    const receivers = fakeReceivers(bench);
    receivers.answer('a.example', 500);
    await bench.add('whk_a', 'https://a.example/', ['accepted']);
    await bench.add('whk_witness', 'https://witness.example/', ['webhook_paused']);
    bench.lookEveryMs = 5 * MINUTE_MS;
    bench.start();
    await bench.accept();
    const startMs = bench.clock.now();
    await bench.until(async () => (await bench.webhook('whk_a')).state === 'paused', HOUR_MS);
    const tookHours = (bench.clock.now() - startMs) / HOUR_MS;
    expect(tookHours).toBeGreaterThan(34);
    expect(tookHours).toBeLessThan(38);
    expect(receivers.got('a.example')).toHaveLength(14);
    expect(await bench.log('whk_a')).toMatchObject([
      { state: 'failed', attempts: 14, lastAttempt: { statusCode: 500, excerpt: 'said 500' } },
    ]);
    expect((await bench.webhook('whk_a')).stateReason).toMatch(
      /^no request has succeeded since .*: answered 500$/,
    );
    await bench.until(async () => receivers.got('witness.example').length === 1, MINUTE_MS);
    expect(JSON.parse(receivers.got('witness.example')[0]!.body)).toMatchObject({
      event: 'webhook_paused',
      webhook_id: 'whk_a',
      url: 'https://a.example',
    });
    // What failed is told after all when a person asks for it.
    receivers.answer('a.example', 200);
    await bench.store.webhooks.resumeWebhook('whk_a', false, bench.clock.now(), 'test');
    expect(
      await bench.store.webhooks.replayWebhook('whk_a', { kind: 'failed' }, bench.clock.now(), 'test'),
    ).toBe(1);
    await bench.until(async () => receivers.got('a.example').length === 15, MINUTE_MS);
    const ids = receivers.got('a.example').map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  test('one that is down gets little, and everything soon after it is back', async () => {
    await bench.dispose();
    bench = new WebhookBench(true);
    const receivers = fakeReceivers(bench);
    receivers.answer('a.example', 503);
    await bench.add('whk_a', 'https://a.example/');
    bench.lookEveryMs = MINUTE_MS;
    bench.start();
    for (let count = 0; count < 300; count++) await bench.accept();
    await bench.clock.advance(3 * HOUR_MS);
    expect(receivers.got('a.example').length).toBeGreaterThan(20);
    expect(receivers.got('a.example').length).toBeLessThan(300);
    expect(await bench.webhook('whk_a')).toMatchObject({ state: 'active' });
    expect((await bench.webhook('whk_a')).failingSinceMs).toBeDefined();
    receivers.answer('a.example', 200);
    const seen = receivers.got('a.example').length;
    await bench.clock.advance(15 * MINUTE_MS);
    expect(await bench.webhook('whk_a')).toMatchObject({ cursor: 300, failingSinceMs: undefined });
    expect((await bench.log('whk_a')).every(({ state }) => state === 'delivered')).toBe(true);
    const arrived = receivers.got('a.example').slice(seen);
    expect(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size).toBe(300);
    expect(arrived).toHaveLength(300);
  });

  test('an event that retention removed before it arrived is given up, in words', async () => {
    const receiver = await bench.receiver();
    receiver.respond = status(500);
    await bench.add('whk_a', receiver.url);
    bench.start();
    await bench.accept();
    await bench.until(async () => (await bench.log('whk_a')).length === 1);
    const ages = { contentMs: HOUR_MS, metadataMs: HOUR_MS, eventsMs: 1, statisticsMs: HOUR_MS };
    await bench.store.retention.clean(bench.clock.now() + HOUR_MS, ages);
    await bench.until(async () => (await bench.log('whk_a'))[0]?.state === 'failed', 1_000);
    expect((await bench.log('whk_a'))[0]?.lastAttempt?.error).toContain('was removed');
  });
});

describe('at least once', () => {
  test('what was sent and not written down is sent again with the same id; what was written down is not', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    bench.start();
    await bench.accept();
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 1);
    bench.killDispatcher();
    const id = await bench.accept();
    await bench.until(async () => receiver.received.length === 2);
    await bench.stopDispatcher();
    expect((await bench.webhook('whk_a')).cursor).toBe(1);
    bench.writeError = undefined;
    bench.start();
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 2);
    expect(eventsOf(receiver.received).slice(1)).toEqual([`accepted ${id}`, `accepted ${id}`]);
    expect(receiver.received[2]?.headers['webhook-id']).toBe(receiver.received[1]?.headers['webhook-id']);
  });

  test('a store that cannot write for a while loses nothing and repeats nothing', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    bench.start();
    bench.writeError = new Error('busy');
    for (let count = 0; count < 5; count++) await bench.accept();
    await bench.until(async () => receiver.received.length === 5);
    await bench.clock.advance(5_000);
    bench.writeError = undefined;
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 5);
    expect(receiver.received).toHaveLength(5);
  });

  test('a cursor never passes what is under way', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    let hanging = '';
    receiver.respond = (response, received) => {
      if (received.body['message_id'] !== hanging) status(200)(response, received);
    };
    hanging = await bench.accept();
    bench.start();
    for (let count = 0; count < 5; count++) await bench.accept();
    await bench.until(async () => (await bench.log('whk_a')).length === 5, 5);
    expect((await bench.webhook('whk_a')).cursor).toBe(0);
    // Cut off here, only the one under way is told again.
    await bench.stopDispatcher();
    hanging = '';
    bench.start();
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 6);
    expect(receiver.received).toHaveLength(7);
  });

  test('outcomes of many events are written in few operations', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    for (let count = 0; count < 300; count++) await bench.accept();
    bench.start();
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 300, 5);
    expect(bench.records.length).toBeLessThan(150);
  });
});

describe('changes while it runs', () => {
  test('a rotated secret signs at once, the one before it for as long as it was given', async () => {
    const receiver = await bench.receiver();
    const old = await bench.add('whk_a', receiver.url);
    bench.start();
    const { sealed, secret } = makeSealedKey('whk_a', bench.box, systemRandom);
    const untilMs = bench.clock.now() + 2 * MINUTE_MS;
    await bench.store.webhooks.rotateWebhookSecret('whk_a', sealed, untilMs, 1, 'test');
    await bench.accept();
    await bench.until(async () => receiver.received.length === 1);
    const [both] = receiver.received;
    expect(both!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    verifySignature(both!, secret);
    verifySignature(both!, old);
    await bench.clock.advance(2 * MINUTE_MS);
    await bench.accept();
    await bench.until(async () => receiver.received.length === 2);
    verifySignature(receiver.received[1]!, secret);
    expect(() => verifySignature(receiver.received[1]!, old)).toThrow('No matching signature');
  });

  test('paused: nothing is sent, nothing is lost; another address and other events count at once', async () => {
    const first = await bench.receiver();
    const second = await bench.receiver();
    await bench.add('whk_a', first.url);
    bench.start();
    await bench.store.webhooks.pauseWebhook('whk_a', 'by hand', bench.clock.now(), 'test');
    await bench.clock.advance(1_000);
    await bench.accept();
    await bench.clock.advance(1_000);
    expect(first.received).toEqual([]);
    await bench.store.webhooks.resumeWebhook('whk_a', false, bench.clock.now(), 'test');
    await bench.until(async () => first.received.length === 1);
    await bench.store.webhooks.changeWebhook('whk_a', { url: second.url, events: ['delivered'] }, 1, 'test');
    await bench.clock.advance(300);
    await bench.accept();
    await bench.settle();
    await bench.until(async () => second.received.length === 2);
    expect(second.received.map(({ body }) => body['event'])).toEqual(['delivered', 'delivered']);
    await bench.store.webhooks.removeWebhook('whk_a', 1, 'test');
    await bench.clock.advance(300);
    await bench.accept();
    await bench.clock.advance(1_000);
    expect([first.received.length, second.received.length]).toEqual([1, 2]);
  });

  test('replays go out again, in order within their message', async () => {
    const receiver = await bench.receiver();
    await bench.add('whk_a', receiver.url);
    bench.start();
    const id = await bench.accept();
    await bench.settle();
    await bench.until(async () => (await bench.webhook('whk_a')).cursor === 2);
    const range = { kind: 'range', after: 0, upTo: 10, sinceMs: undefined, untilMs: undefined } as const;
    await bench.store.webhooks.replayWebhook('whk_a', range, bench.clock.now(), 'test');
    await bench.until(async () => receiver.received.length === 4);
    expect(eventsOf(receiver.received).slice(2)).toEqual([`accepted ${id}`, `delivered ${id}`]);
    await bench.until(async () => (await bench.log('whk_a')).every(({ state }) => state === 'delivered'));
  });
});
