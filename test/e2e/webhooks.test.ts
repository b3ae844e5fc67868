/** From a message handed in over SMTP to a signed webhook, through the real programs; and what a kill -9 repeats. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  eventsOf,
  startWebhookReceiver,
  status,
  verifySignature,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const ALLOWED = { webhooks: { allow_http: true, allow_private_addresses: true } };

interface Added {
  readonly id: string;
  readonly secret: string;
}

interface Shown {
  readonly state: string;
  readonly cursor: string;
  readonly deliveries: readonly {
    readonly event_id: string;
    readonly event: string;
    readonly state: string;
    readonly attempts: number;
    readonly last_attempt: { readonly status: number | null; readonly error: string | null } | null;
  }[];
}

function mail(to: string): string {
  return `From: Shop <${FROM}>\r\nTo: ${to}\r\nSubject: Order\r\nX-Relay-Tag: order\r\nX-Relay-Metadata: number=4711\r\n\r\nHello.\r\n`;
}

let cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function start(config: object): Promise<{ stage: Stage; receiver: WebhookReceiver }> {
  const receiver = await startWebhookReceiver();
  cleanups.push(() => receiver.stop());
  const stage = await Stage.start({ config: config as never });
  cleanups.push(() => stage[Symbol.asyncDispose]());
  return { stage, receiver };
}

async function submit(stage: Stage, to: string): Promise<string> {
  const session = await stage.session();
  const id = await session.submitForId({ from: FROM, to, content: mail(to) });
  await session.quit();
  return id;
}

const show = (stage: Stage, id: string) => stage.relay.ctl<Shown>('webhook', 'show', id);

describe('webhooks', () => {
  it('tell what became of a message, signed, with the reply and what it means', async () => {
    const { stage, receiver } = await start(ALLOWED);
    const { id: hook, secret } = await stage.relay.ctl<Added>('webhook', 'add', '--url', receiver.url);
    await stage.relay.ctl('webhook', 'test', hook);
    expect(receiver.received.splice(0)[0]?.body).toMatchObject({ event: 'test' });

    const good = await submit(stage, 'ann@recipient.test');
    const bad = await submit(stage, 'bounce-550-5.1.1@recipient.test');
    const of = (message: string) => receiver.received.filter(({ body }) => body['message_id'] === message);
    // The notice to the sender is a message as well, with events of its own.
    await eventually(() => [good, bad].every((message) => of(message).length >= 2));
    for (const received of receiver.received) verifySignature(received, secret);
    expect(eventsOf(of(good))).toEqual([`accepted ${good}`, `delivered ${good}`]);
    expect(eventsOf(of(bad))).toEqual([`accepted ${bad}`, `bounced ${bad}`]);
    expect(of(good)[1]?.body).toMatchObject({
      event: 'delivered',
      recipient: 'ann@recipient.test',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      account: 'default',
      stream: 'transactional',
      tags: ['order'],
      metadata: { number: '4711' },
    });
    expect(of(bad)[1]?.body).toMatchObject({
      event: 'bounced',
      recipient: 'bounce-550-5.1.1@recipient.test',
      class: 'unknown-user',
      hard: true,
      code: 550,
      status: '5.1.1',
      meaning: expect.any(String) as string,
      reply: expect.stringContaining('5.1.1') as string,
    });
    await eventually(async () => (await show(stage, hook)).deliveries.length >= 4, { everyMs: 100 });

    // The same facts, wherever an event is looked at.
    const [event] = await stage.relay.ctlList<Record<string, unknown>>(
      'events',
      '--message',
      bad,
      '--type',
      'bounced',
    );
    expect(of(bad)[1]?.body).toEqual(event);
    const tagged = await stage.relay.ctlList('events', '--tag', 'order', '--type', 'delivered');
    expect(tagged).toHaveLength(1);
  });

  it('come again with the same id after a kill -9 between the request and its record, and none is lost', async () => {
    const { stage, receiver } = await start(ALLOWED);
    const { id: hook, secret } = await stage.relay.ctl<Added>('webhook', 'add', '--url', receiver.url);
    const ids: string[] = [];
    for (let death = 0; death < 3; death++) {
      // It has the request, and the relay never hears that.
      receiver.respond = () => undefined;
      const seen = receiver.received.length;
      ids.push(await submit(stage, `r${death}@recipient.test`));
      await eventually(() => receiver.received.length > seen);
      const unheard = receiver.received[seen]!;
      await stage.relay.kill();
      receiver.respond = status(204);
      await stage.relay.start();
      await eventually(() => receiver.received.slice(seen + 1).some(({ text }) => text === unheard.text));
      const again = receiver.received.slice(seen + 1).find(({ text }) => text === unheard.text)!;
      expect(again.headers['webhook-id']).toBe(unheard.headers['webhook-id']);
      verifySignature(again, secret);
    }
    const wanted = ids.flatMap((id) => [`accepted ${id}`, `delivered ${id}`]);
    await eventually(() => wanted.every((one) => eventsOf(receiver.received).includes(one)), {
      timeoutMs: 20_000,
    });
    // In order within each message, at the first time that each came.
    for (const id of ids) {
      const events = eventsOf(receiver.received).filter((one) => one.endsWith(id));
      expect(events.indexOf(`delivered ${id}`)).toBeGreaterThan(events.indexOf(`accepted ${id}`));
    }
    await eventually(
      async () => {
        const { deliveries } = await show(stage, hook);
        return deliveries.length >= 6 && deliveries.every(({ state }) => state === 'delivered');
      },
      { everyMs: 100 },
    );
  });

  it('do not reach into the network when a name leads there, and end with the relay', async () => {
    const { stage, receiver } = await start({});
    stage.dns.zone.set('hooks.test', { a: ['127.0.0.1'] });
    const url = `https://hooks.test:${receiver.port}/hook`;
    const { id: hook } = await stage.relay.ctl<Added>('webhook', 'add', '--url', url);
    await submit(stage, 'ann@recipient.test');
    const tried = await eventually(
      async () => (await show(stage, hook)).deliveries.find(({ attempts }) => attempts > 0),
      { everyMs: 100 },
    );
    expect(tried).toMatchObject({
      state: 'pending',
      last_attempt: {
        status: null,
        error: expect.stringContaining(
          'hooks.test leads to 127.0.0.1, which is not a public address',
        ) as string,
      },
    });
    expect(receiver.received).toEqual([]);
    expect(await stage.relay.stop()).toBe(0);
  });

  it('are changed by relayctl while relayd runs: paused, resumed, replayed', async () => {
    const { stage, receiver } = await start(ALLOWED);
    const { id: hook } = await stage.relay.ctl<Added>(
      'webhook',
      'add',
      '--url',
      receiver.url,
      '--event',
      'delivered',
    );
    const first = await submit(stage, 'one@recipient.test');
    await eventually(() => receiver.received.length === 1);
    await stage.relay.ctl('webhook', 'pause', hook);
    const second = await submit(stage, 'two@recipient.test');
    await stage.settled(second);
    expect(eventsOf(receiver.received)).toEqual([`delivered ${first}`]);
    await stage.relay.ctl('webhook', 'resume', hook);
    await eventually(() => receiver.received.length === 2);
    expect(await stage.relay.ctl('webhook', 'replay', hook, '--since', '1h')).toMatchObject({ replayed: 2 });
    await eventually(() => receiver.received.length === 4);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });
});
