/** What senders are told beside failures: that a message is late, and that it was passed on. RFC 3461. */
import { expect, test } from 'vitest';
import type { NewMessage } from '../../../src/store/message-records.ts';
import { replyTo } from './support/fake-remotes.ts';
import { CONFIG, DAY_MS, HOUR_MS, World } from './support/world.ts';

const MX = World.addressOf('dest.test');
const busy = { reply: () => replyTo(451, '4.7.1', 'greylisted') };

const textOf = ({ content }: NewMessage): string =>
  content.kind === 'whole' ? Buffer.from(content.bytes).toString() : '';

test('a late message is told of once, after four hours, with the time it is given up', async () => {
  await using world = new World();
  world.remotes.behave(MX, busy);
  const { facts } = await world.submit({
    to: ['b@dest.test'],
    notify: ['delay', 'failure'],
  });
  await world.clock.advance(3.5 * HOUR_MS);
  expect(world.spool.dsns).toEqual([]);
  await world.clock.advance(6 * HOUR_MS);
  expect(world.spool.dsns.length).toBe(1);
  const [dsn] = world.spool.dsns;
  const text = textOf(dsn!);
  expect(text).toContain('Action: delayed\r\n');
  expect(text).toContain('Status: 4.7.1\r\n');
  expect(text).toMatch(/^Will-Retry-Until: .+\r$/m);
  expect(dsn!.facts).toMatchObject({ via: 'dsn', reversePath: '', sendDsn: false });

  await world.clock.advance(5 * DAY_MS);
  expect(world.spool.of('b@dest.test').state).toBe('expired');
  const actions = world.spool.dsns.map((one) => /^Action: (\w+)/m.exec(textOf(one))?.[1]);
  expect(actions).toEqual(['delayed', 'failed']);
  expect(facts.reversePath).toBe(world.spool.dsns[1]?.deliveries[0]?.recipient);
});

test('a message that waits for its destination as a whole is told of as well, once', async () => {
  await using world = new World();
  world.remotes.behave(MX, { refuse: { stage: 'connect', reply: undefined, text: 'refused' } });
  await world.submit({ to: ['b@dest.test'], notify: ['delay'] });
  await world.clock.advance(12 * HOUR_MS);
  expect(world.spool.dsns.length).toBe(1);
});

test('nobody is told of a delay who did not ask', async () => {
  await using world = new World();
  world.remotes.behave(MX, busy);
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(12 * HOUR_MS);
  expect(world.spool.dsns).toEqual([]);
});

test('a host that sends no notices leaves it to the relay to say that it passed the message on', async () => {
  await using world = new World();
  await world.submit({ to: ['b@dest.test'], notify: ['success'] });
  await world.clock.advance(0);
  expect(textOf(world.spool.dsns[0]!)).toContain('Action: relayed\r\nStatus: 2.0.0\r\n');
});

test('a host that sends notices does so itself', async () => {
  await using world = new World();
  world.remotes.behave(MX, { extensions: ['DSN'] });
  await world.submit({ to: ['b@dest.test'], notify: ['success'] });
  await world.clock.advance(0);
  expect(world.spool.of('b@dest.test').state).toBe('delivered');
  expect(world.spool.dsns).toEqual([]);
});

test('notices go to the address that the credential names', async () => {
  await using world = new World();
  world.remotes.behave(MX, { reply: () => replyTo(550, '5.1.1', 'no such user') });
  await world.submit({ to: ['b@dest.test'], facts: { dsnTo: 'returns@sender.test' } });
  await world.clock.advance(0);
  expect(world.spool.dsns[0]?.deliveries[0]?.recipient).toBe('returns@sender.test');
  expect(textOf(world.spool.dsns[0]!)).toContain('To: <returns@sender.test>\r\n');
});

const inAnHour = (world: World, mode: 'return' | 'notify', trace = false) => {
  const atMs = world.clock.now() + HOUR_MS;
  return { deliverBy: { atMs, mode, trace }, ...(mode === 'return' && { expiresAtMs: atMs }) };
};

test('a message that has to arrive by a time is returned when it has not, with 5.4.7', async () => {
  await using world = new World();
  world.remotes.behave(MX, busy);
  await world.submit({ to: ['b@dest.test'], facts: inAnHour(world, 'return') });
  await world.clock.advance(HOUR_MS - 60_000);
  expect(world.spool.of('b@dest.test').state).toBe('deferred');
  expect(world.spool.of('b@dest.test').attempts).toBeGreaterThan(3);
  await world.clock.advance(60_000);
  const { state, events } = world.spool.of('b@dest.test');
  expect(state).toBe('expired');
  expect(events.at(-1)?.data['status']).toBe('5.4.7');
  const text = textOf(world.spool.dsns[0]!);
  expect(text).toContain('Action: failed\r\nStatus: 5.4.7\r\n');
  expect(text).toMatch(/^Deliver-By-Date: .+\r$/m);
  await world.clock.advance(DAY_MS);
  expect(world.spool.dsns).toHaveLength(1);
});

test.each(['its destination is left alone', 'it is held'])(
  'it is returned on time also while %s',
  async (what) => {
    await using world = new World({}, { overdueEveryMs: 30_000 });
    world.remotes.behave(MX, busy);
    await world.submit({ to: ['b@dest.test', 'c@dest.test'], facts: inAnHour(world, 'return') });
    await world.clock.advance(HOUR_MS / 2);
    const untilMs = world.clock.now() + HOUR_MS;
    if (what === 'it is held')
      for (const one of world.spool.deliveries) [one.state, one.dueAtMs] = ['held', undefined];
    // Nothing of it is claimed before that.
    else for (const one of world.spool.deliveries) one.dueAtMs = untilMs;
    await world.clock.advance(HOUR_MS / 2 - 1);
    expect(world.spool.dsns).toEqual([]);
    await world.clock.advance(1_000);
    for (const { state, events } of world.spool.deliveries.slice(0, 2)) {
      expect(state).toBe('expired');
      expect(events.at(-1)?.data['status']).toBe('5.4.7');
    }
    expect(world.spool.dsns).toHaveLength(1);
    await world.clock.advance(DAY_MS);
    expect(world.spool.dsns).toHaveLength(1);
  },
);

test('the sender of a message who wants to be told by a time is told then, and it goes on', async () => {
  await using world = new World();
  world.remotes.behave(MX, busy);
  await world.submit({ to: ['b@dest.test'], facts: inAnHour(world, 'notify') });
  await world.clock.advance(HOUR_MS - 1_000);
  expect(world.spool.dsns).toEqual([]);
  await world.clock.advance(2_000);
  expect(world.spool.dsns.map((dsn) => /^Action: (\w+)/m.exec(textOf(dsn))?.[1])).toEqual(['delayed']);
  world.remotes.behave(MX, {});
  await world.clock.advance(5 * HOUR_MS);
  expect(world.spool.of('b@dest.test').state).toBe('delivered');
  expect(world.spool.dsns).toHaveLength(1);
});

test('nobody is told of a time that was over when the message came, or with NOTIFY=NEVER', async () => {
  await using world = new World();
  world.remotes.behave(MX, busy);
  const deliverBy = { atMs: world.clock.now() - 1_000, mode: 'notify', trace: false } as const;
  await world.submit({ to: ['late@dest.test'], facts: { deliverBy } });
  await world.submit({ to: ['b@dest.test'], notify: ['never'], facts: inAnHour(world, 'notify') });
  await world.clock.advance(12 * HOUR_MS);
  expect(world.spool.dsns).toEqual([]);
});

test('the remote is told what is left of the time; a sender who traces the message, that it was passed on', async () => {
  await using world = new World();
  world.remotes.behave(MX, { extensions: ['DSN', 'DELIVERBY', 'MT-PRIORITY'], ...busy });
  await world.submit({ to: ['b@dest.test'], facts: { ...inAnHour(world, 'notify', true), priority: 3 } });
  await world.clock.advance(0);
  world.remotes.behave(MX, { extensions: ['DSN', 'DELIVERBY', 'MT-PRIORITY'] });
  await world.clock.advance(120_000);
  const [first, second] = world.remotes.transactions.map(({ transaction }) => transaction);
  expect(first).toMatchObject({ priority: 3, deliverBy: { seconds: 3600, mode: 'notify', trace: true } });
  expect(second?.deliverBy?.seconds).toBeLessThan(3_550);
  expect(textOf(world.spool.dsns[0]!)).toContain('Action: relayed\r\n');
});

test('with delivery.delay_dsn a late message is told of without NOTIFY, and not against it', async () => {
  const config = { ...CONFIG, delayDsnMs: 2 * HOUR_MS };
  await using world = new World({}, { config });
  world.remotes.behave(MX, busy);
  await world.submit({ to: ['b@dest.test'] });
  await world.submit({ to: ['c@dest.test'], notify: ['failure'] });
  await world.submit({ to: ['d@dest.test'], notify: ['never'] });
  await world.clock.advance(1.5 * HOUR_MS);
  expect(world.spool.dsns).toEqual([]);
  await world.clock.advance(12 * HOUR_MS);
  expect(world.spool.dsns).toHaveLength(1);
  expect(textOf(world.spool.dsns[0]!)).toContain(
    'Final-Recipient: rfc822; b@dest.test\r\nAction: delayed\r\n',
  );
});
