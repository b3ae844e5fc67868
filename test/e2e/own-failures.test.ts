/** Failures of the relay's own, and a destination that fails as a whole, with the real programs. */
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SENDER_DOMAIN, Stage, type EventJson } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

async function submit(stage: Stage, to: string): Promise<string> {
  const session = await stage.session();
  const content = `From: <${FROM}>\r\nSubject: Waiting\r\n\r\nbody\r\n`;
  const id = await session.submitForId({ from: FROM, to, content });
  await session.quit();
  return id;
}

it('tells that the sending domain was removed, and blames nobody else, to the end', async () => {
  await using stage = await Stage.start({ config: { delivery: { retry_schedule: ['1s'], max_age: '15s' } } });
  stage.dns.zone.set('recipient.test', { fault: 'servfail' });
  const id = await submit(stage, 'x@recipient.test');
  await stage.messageWhere(id, 'the first attempt', ({ deliveries: [one] }) => (one?.attempts ?? 0) > 0);
  const removed = await stage.relay.ctl('domain', 'remove', SENDER_DOMAIN, '--yes');
  expect(removed).toMatchObject({ removed: true, waiting: 1 });
  stage.dns.zone.set('recipient.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
  await stage.relay.ctlRaw(['queue', 'retry', id]);
  const deferred = await stage.messageWhere(id, 'a failed signature', ({ deliveries: [one] }) =>
    /was removed from this relay/.test(one?.last_reply ?? ''),
  );
  const last = deferred.deliveries[0]?.history.at(-1);
  expect(last).toMatchObject({ local_class: 'local-domain', host: null, address: null, tls: null });
  const page = (await stage.relay.ctlRaw(['message', 'trace', id])).stdout;
  expect(page).toContain('the sending domain was removed from it');
  expect(page).not.toMatch(/receiving server|mailbox|doctor/);
  await stage.settled(id);
  const { content } = await stage.received(FROM);
  const text = content.toString().replace(/\s+/g, ' ');
  expect(text).toContain('the sending domain was removed from it');
  expect(text).toContain('The trouble is at the mail server that wrote this notice');
  expect(text).not.toMatch(/relayctl|receiving server|Remote-MTA/);
  expect(await stage.relay.ctlList('suppression', 'list')).toEqual([]);
});

it('tells resolvers that refuse this relay from a domain that fails', async () => {
  await using stage = await Stage.start();
  stage.dns.zone.set('ours.test', { fault: 'refused' });
  stage.dns.zone.set('theirs.test', { fault: 'servfail' });
  const page = async (to: string): Promise<string> => {
    const id = await submit(stage, to);
    const { deliveries } = await stage.messageWhere(id, 'a look-up', ({ deliveries: [one] }) => {
      return (one?.attempts ?? 0) > 0;
    });
    expect(deliveries).toMatchObject([{ state: 'deferred', attempts: 1 }]);
    return (await stage.relay.ctlRaw(['message', 'trace', id])).stdout;
  };
  expect(await page('x@ours.test')).toContain('The DNS resolvers of this relay did not answer');
  const theirs = await page('x@theirs.test');
  expect(theirs).toContain('SERVFAIL');
  expect(theirs).not.toContain('this relay');
});

it('counts the tries of a destination for all that waits, and tells of the last one at the end', async () => {
  await using stage = await Stage.start({
    config: { delivery: { max_age: '8s' } },
    mx: { greeting: { code: 421, text: '4.3.2 Closed for maintenance' } },
  });
  const ids = [await submit(stage, 'a@recipient.test'), await submit(stage, 'b@recipient.test')];
  for (const id of ids) {
    const expired = await eventually(
      async () => {
        // The destination is left alone for longer than these live.
        await stage.relay.ctlRaw(['queue', 'retry', id]);
        const [one] = (await stage.message(id)).deliveries;
        return one?.state === 'expired' ? one : undefined;
      },
      { what: 'it to expire', timeoutMs: 30_000 },
    );
    expect(expired?.attempts).toBeGreaterThan(0);
    expect(expired?.last_reply).toContain('Closed for maintenance');
    const events = await stage.relay.ctlList<EventJson & { reply?: string; attempts?: number }>(
      ...['events', '--message', id],
    );
    const last = events.findLast(({ event }) => event === 'expired');
    expect(last).toMatchObject({ reply: expect.stringContaining('Closed for maintenance') as string });
    expect(last?.attempts).toBe(expired?.attempts);
  }
});
