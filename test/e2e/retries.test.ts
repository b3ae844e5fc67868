/** Temporary failures: retried on the schedule until they succeed or expire, one destination never in another's way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({ config: { delivery: { retry_schedule: ['1s'] } } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function submit(to: string | readonly string[], headers = ''): Promise<string> {
  const session = await stage.session();
  const id = await session.submitForId({
    from: FROM,
    to,
    content: `From: <${FROM}>\r\nSubject: Code 123456\r\n${headers}\r\nbody\r\n`,
  });
  await session.quit();
  return id;
}

describe('a recipient that is turned away once', () => {
  it('is tried again and delivered, the same octets signed anew', async () => {
    const to = 'defer-once-a@recipient.test';
    const message = await stage.settled(await submit(to));
    const delivery = message.deliveries[0]!;
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(delivery.history.map((attempt) => attempt.reply?.slice(0, 9))).toEqual(['451 4.7.1', '250 2.0.0']);
    const waitedMs = Date.parse(delivery.history[1]!.at) - Date.parse(delivery.history[0]!.at);
    expect(waitedMs).toBeGreaterThanOrEqual(900);
    const { content } = await stage.received(to);
    for (const verdict of await verdicts(content, stage.dns.zone)) expect(verdict.result).toBe('pass');
    const events = await stage.relay.ctlList<{ event: string; message_id: string }>('events');
    expect(events.filter((event) => event.message_id === message.id).map((event) => event.event)).toEqual([
      'accepted',
      'deferred',
      'delivered',
    ]);
  });

  it('does not hold up the other recipients of its message', async () => {
    const message = await stage.settled(
      await submit(['prompt@recipient.test', 'defer-once-b@recipient.test']),
    );
    expect(message.deliveries.map((delivery) => [delivery.recipient, delivery.attempts])).toEqual([
      ['prompt@recipient.test', 1],
      ['defer-once-b@recipient.test', 2],
    ]);
    expect(stage.mx.deliveriesTo('prompt@recipient.test')).toBe(1);
    expect(stage.mx.deliveriesTo('defer-once-b@recipient.test')).toBe(1);
  });
});

describe('failures of a destination', () => {
  it('defers while DNS fails and delivers when it answers again', async () => {
    stage.dns.zone.set('flaky.test', { fault: 'servfail' });
    const id = await submit('x@flaky.test');
    const deferred = await stage.messageWhere(
      id,
      'a deferral',
      (message) => message.deliveries[0]?.history.length !== 0,
    );
    expect(deferred.deliveries[0]?.state).not.toBe('bounced');
    stage.dns.zone.set('flaky.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await stage.relay.ctl('queue', 'retry', '--destination', 'flaky.test');
    expect((await stage.settled(id)).deliveries[0]?.state).toBe('delivered');
  });

  it('tries the next MX host when the first does not answer', async () => {
    stage.dns.zone.set('two-hosts.test', {
      mx: [
        { preference: 10, exchange: 'dead.two-hosts.test' },
        { preference: 20, exchange: 'mx.recipient.test' },
      ],
    });
    // Nothing listens on this loopback address.
    stage.dns.zone.set('dead.two-hosts.test', { a: ['127.0.0.99'] });
    const message = await stage.settled(await submit('x@two-hosts.test'));
    expect(message.deliveries[0]?.state).toBe('delivered');
    expect(message.deliveries[0]?.history.at(-1)?.host).toBe('mx.recipient.test');
  });

  it('delivers elsewhere while one destination is dead', async () => {
    stage.dns.zone.set('dead.test', { a: ['127.0.0.99'] });
    const dead = await Promise.all(Array.from({ length: 20 }, (_, at) => submit(`x${at}@dead.test`)));
    const living = await submit('living@recipient.test');
    expect((await stage.settled(living)).deliveries[0]).toMatchObject({ state: 'delivered', attempts: 1 });
    const summary = await stage.relay.ctl<{ queued: number; deferred: number }>('queue', 'summary');
    expect(summary.queued + summary.deferred).toBeGreaterThanOrEqual(dead.length);
    const cancelled = await stage.relay.ctlRaw(['queue', 'cancel', '--destination', 'dead.test', '--yes']);
    expect(cancelled.code).toBe(0);
    expect((await stage.settled(dead[0]!)).deliveries[0]?.state).toBe('cancelled');
  });

  it('repeats a message that was lost after the final dot, and says so', async () => {
    const id = await submit('drop-after-dot@recipient.test');
    const message = await stage.messageWhere(id, 'a second attempt', (shown) => {
      return (shown.deliveries[0]?.history.length ?? 0) >= 2;
    });
    expect(message.deliveries[0]?.state).not.toBe('delivered');
    const trace = await stage.relay.ctlRaw(['message', 'trace', id]);
    expect(trace.stdout).toMatch(/second copy is\s+possible/);
    await stage.relay.ctlRaw(['queue', 'cancel', id, '--yes']);
  });
});

describe('a message that is deferred for too long', () => {
  it('is given up at max_age, with a report', async () => {
    await using impatient = await Stage.start({
      config: { delivery: { retry_schedule: ['1s'], max_age: '5s' } },
    });
    const session = await impatient.session();
    const id = await session.submitForId({
      from: FROM,
      to: 'defer-451-4.3.0@recipient.test',
      content: `From: <${FROM}>\r\nSubject: Code 123456\r\n\r\nbody\r\n`,
    });
    await session.quit();
    expect((await impatient.settled(id)).deliveries[0]?.state).toBe('expired');
    const report = (await impatient.received(FROM)).content.toString();
    expect(report).toMatch(/^Action: failed\r$/im);
    expect(report).toMatch(/451 4\.3\.0/);
  });
});
