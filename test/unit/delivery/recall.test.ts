/** What an operator wants of deliveries that are in hand: those that wait are released, an attempt under way goes on. */
import { describe, expect, test } from 'vitest';
import { EVERYTHING, RELAY_ADDRESS, routed, rule } from './support/routes.ts';
import { World } from './support/world.ts';

/** One connection to a host, whose transactions take a minute. */
const SLOW = { maxConnectionsPerSite: 1 };

describe('what is recalled', () => {
  test('is released while it waits for a connection; the transaction under way ends as it would', async () => {
    await using world = new World(SLOW);
    world.remotes.behave(World.addressOf('one.test'), { transactionMs: 60_000 });
    for (const name of ['a', 'b', 'c']) await world.submit({ to: [`${name}@one.test`] });
    await world.clock.advance(1_000);
    expect(world.spool.claimedCount).toBe(3);
    const [first, second, third] = ['a', 'b', 'c'].map((name) => world.spool.of(`${name}@one.test`));
    world.spool.recall(first!, second!);
    await world.clock.advance(1_000);
    expect(second).toMatchObject({ state: 'held', claimed: false, history: [] });
    expect(first).toMatchObject({ claimed: true });
    await world.clock.advance(600_000);
    expect([first, third].map((one) => one?.state)).toEqual(['delivered', 'delivered']);
    expect(world.remotes.taken).toEqual(['a@one.test', 'c@one.test']);
    expect(world.delivery.stats().claimed).toBe(0);
  });

  test('is released while it waits for a look-up, with the recipients that go with it, which come back', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    const findRoute = async () => {
      await asked;
      const hosts = [{ name: 'mx.one.test', preference: 0, addresses: ['192.0.2.1'] }];
      return { kind: 'hosts', site: 'mx.one.test', hosts, ttlMs: 3_600_000 } as const;
    };
    await using world = new World({}, { findRoute });
    await world.submit({ to: ['a@one.test', 'b@one.test'] });
    await world.clock.advance(0);
    world.spool.recall(world.spool.of('a@one.test'));
    await world.clock.advance(0);
    expect(world.spool.of('a@one.test')).toMatchObject({ state: 'held', claimed: false });
    answer();
    await world.clock.advance(1_000);
    expect(world.remotes.taken).toEqual(['b@one.test']);
  });

  test('while a claim brings it, is released when it is there', async () => {
    await using world = new World({ ...SLOW, feedDeliveries: 0 });
    const { spool } = world;
    const claim = spool.claim.bind(spool);
    spool.claim = async (request) => {
      const claimed = await claim(request);
      spool.recall(...spool.deliveries.filter(({ recipient }) => recipient === 'a@one.test'));
      return claimed;
    };
    world.remotes.behave(World.addressOf('one.test'), { transactionMs: 60_000 });
    await world.submit({ to: ['b@one.test'] });
    await world.submit({ to: ['a@one.test'] });
    await world.clock.advance(600_000);
    expect(spool.of('a@one.test')).toMatchObject({ state: 'held', claimed: false, history: [] });
    expect(world.remotes.taken).toEqual(['b@one.test']);
  });
});

describe('a route that an operator chose', () => {
  const match = { ...EVERYTHING, domains: ['none.test'] };
  const rerouted = async (world: World, route: string) => {
    world.spool.reroutes.set('b@one.test', route);
    await world.submit({ to: ['b@one.test', 'c@one.test'] });
    await world.clock.advance(0);
    return world.spool.of('b@one.test');
  };

  test('is taken in place of the one that matches, by those that it was chosen for', async () => {
    await using world = new World({}, routed(rule('smart', { match })));
    const stored = await rerouted(world, 'smart');
    expect(stored.history).toMatchObject([{ route: 'smart', replyCode: 250 }]);
    expect(world.spool.of('c@one.test').history).toMatchObject([{ host: 'mx.one.test' }]);
    expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(1);
  });

  test('may be direct, past every route', async () => {
    await using world = new World({}, routed(rule('smart')));
    const stored = await rerouted(world, 'direct');
    expect(stored.history).toMatchObject([{ host: 'mx.one.test', replyCode: 250 }]);
    expect(world.spool.of('c@one.test').history).toMatchObject([{ route: 'smart' }]);
  });

  test.each([
    ['is gone', rule('other', { match })],
    ['sends nothing any more', rule('smart', { action: 'reject', match })],
  ])('that %s leaves the choice to the others, and the trace says so', async (_, left) => {
    await using world = new World({}, routed(left));
    const stored = await rerouted(world, 'smart');
    expect(stored.state).toBe('delivered');
    expect(stored.history).toMatchObject([
      {
        route: 'smart',
        text: expect.stringContaining('no route of this name sends mail any more') as string,
      },
      { host: 'mx.one.test', replyCode: 250 },
    ]);
  });
});
