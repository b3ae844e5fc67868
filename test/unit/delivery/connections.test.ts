import { describe, expect, test } from 'vitest';
import { OK, replyTo } from './support/fake-remotes.ts';
import { route, World } from './support/world.ts';
import type { TransactionResult } from '../../../src/smtp/client/session.ts';

const MX = World.addressOf('dest.test');

async function submitMany(
  world: World,
  count: number,
  domain = 'dest.test',
  account = 'acc_1',
): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`r${i}@${domain}`], account });
}

function lost(
  text: string,
  change: Partial<Extract<TransactionResult, { kind: 'lost' }>> = {},
): TransactionResult {
  return {
    kind: 'lost',
    stage: 'mail',
    text,
    reply: undefined,
    replies: [undefined],
    afterFinalDot: false,
    stale: false,
    ...change,
  };
}

describe('reuse', () => {
  test('messages one after the other go over one connection', async () => {
    await using world = new World();
    for (let i = 0; i < 20; i++) {
      await world.submit({ to: [`r${i}@dest.test`] });
      await world.clock.advance(1_000);
    }
    expect(world.remotes.taken.length).toBe(20);
    expect(world.remotes.connects.length).toBe(1);
  });

  test('domains that the same hosts serve share connections', async () => {
    await using world = new World();
    for (let i = 0; i < 10; i++) world.routes.set(`d${i}.test`, route('mx.big.test', ['192.0.2.9']));
    for (let i = 0; i < 10; i++) {
      await world.submit({ to: [`r@d${i}.test`] });
      await world.clock.advance(100);
    }
    expect(world.remotes.taken.length).toBe(10);
    expect(world.remotes.connects.length).toBe(1);
    expect(world.lookups.length).toBe(10);
  });

  test('a burst opens several connections, within the limit', async () => {
    await using world = new World({ firstConnectionsPerSite: 3, maxConnectionsPerSite: 6 });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 400);
    await world.clock.advance(60_000);
    expect(new Set(world.remotes.taken).size).toBe(400);
    expect(world.remotes.taken.length).toBe(400);
    expect(world.remotes.maxOpenByAddress.get(MX)).toBe(6);
  });

  test.each([
    [2, 5],
    [3, 3],
    [40, 1],
  ])('of %i nodes each has its part of the limit: %i', async (nodes, part) => {
    await using world = new World({ maxConnectionsPerSite: 10 }, { nodes: () => nodes });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 300);
    await world.clock.advance(60_000);
    expect(world.remotes.taken.length).toBe(300);
    expect(world.remotes.maxOpen).toBe(part);
  });

  test('an unused connection ends after a while, and then nothing is waited for', async () => {
    await using world = new World({ idleConnectionMs: 10_000 });
    await submitMany(world, 3);
    await world.clock.advance(5_000);
    expect(world.remotes.open).toBeGreaterThan(0);
    await world.clock.advance(6_000);
    expect(world.remotes.open).toBe(0);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.delivery.stats().connections).toBe(0);
  });

  test('a connection carries so many messages and no more', async () => {
    await using world = new World({ messagesPerConnection: 10, maxConnectionsPerSite: 1 });
    await submitMany(world, 35);
    await world.clock.advance(5_000);
    expect(world.remotes.taken.length).toBe(35);
    expect(world.remotes.connects.length).toBe(4);
  });

  test('an idle connection that the remote closes is noticed', async () => {
    await using world = new World();
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(100);
    world.remotes.transactions[0]!.session.hangUp();
    expect(world.delivery.stats().connections).toBe(0);
    await world.submit({ to: ['c@dest.test'] });
    await world.clock.advance(100);
    expect(world.spool.of('c@dest.test')).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});

describe('connections that go bad', () => {
  test('a reused one that is gone costs nothing: once again on a new one', async () => {
    await using world = new World();
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(100);
    world.remotes.behave(MX, {
      result: (_transaction, session) =>
        session.transactions > 0 ? lost('reset by peer', { stale: true }) : undefined,
    });
    await world.submit({ to: ['c@dest.test'] });
    await world.clock.advance(100);
    const stored = world.spool.of('c@dest.test');
    expect(stored).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(stored.history.length).toBe(1);
    expect(world.remotes.connects.length).toBe(2);
  });

  test('a new one that is lost in the transaction counts, for the message alone', async () => {
    await using world = new World();
    world.remotes.behave(MX, { result: () => lost('reset by peer') });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(1_000);
    expect(world.spool.of('b@dest.test')).toMatchObject({ state: 'deferred', attempts: 1 });
    expect(world.spool.blocks.size).toBe(0);
  });

  test('a 421 in the middle of a session: the message goes on over another connection', async () => {
    await using world = new World({ maxConnectionsPerSite: 1 });
    world.remotes.behave(MX, {
      result: (_transaction, session) =>
        session.transactions >= 5
          ? lost('too many messages', { reply: { code: 421, status: '4.7.0', text: 'too many messages' } })
          : undefined,
    });
    await submitMany(world, 20);
    await world.clock.advance(5_000);
    expect(world.remotes.taken.length).toBe(20);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered' && one.attempts === 1)).toBe(true);
    expect(world.remotes.connects.length).toBe(4);
  });

  test('a 421 to the first MAIL of a session blocks the destination, as one in the greeting does', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      result: () => lost('busy', { reply: { code: 421, status: '4.7.0', text: 'busy' } }),
    });
    await submitMany(world, 20);
    await world.clock.advance(5_000);
    expect(world.remotes.connects.length).toBeLessThanOrEqual(5);
    expect(world.spool.blocks.get('dest.test')).toMatchObject({ failures: 1 });
    expect(world.spool.deliveries.every((one) => one.attempts === 0)).toBe(true);
  });
});

describe('more than one host', () => {
  const hosts = {
    kind: 'hosts',
    site: 'two',
    ttlMs: 3_600_000,
    hosts: [
      { name: 'mx1.dest.test', preference: 10, addresses: ['2001:db8::1', '192.0.2.1'] },
      { name: 'mx2.dest.test', preference: 20, addresses: ['192.0.2.2'] },
    ],
  } as const;
  const refuse = { stage: 'connect', reply: undefined, text: 'ECONNREFUSED' } as const;

  test('the next address is tried, then the next host, and the trace tells of each', async () => {
    await using world = new World();
    world.routes.set('dest.test', hosts);
    world.remotes.behave('2001:db8::1', { refuse });
    world.remotes.behave('192.0.2.1', {
      refuse: { stage: 'greeting', reply: { code: 554, status: '5.7.1', text: 'go away' }, text: '' },
    });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(100);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(stored.history.map(({ address, replyCode, stage }) => [address, replyCode, stage])).toEqual([
      ['2001:db8::1', undefined, 'connect'],
      ['192.0.2.1', 554, 'greeting'],
      ['192.0.2.2', 250, 'final'],
    ]);
  });

  test('an address that failed is tried last at the next connection', async () => {
    await using world = new World({ messagesPerConnection: 1 });
    world.routes.set('dest.test', hosts);
    world.remotes.behave('2001:db8::1', { refuse, connectMs: 30_000 });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(31_000);
    await world.submit({ to: ['c@dest.test'] });
    await world.clock.advance(100);
    expect(world.spool.of('c@dest.test').state).toBe('delivered');
    expect(world.remotes.connectsTo('2001:db8::1')).toBe(1);
  });

  test('hosts of one preference share the load', async () => {
    await using world = new World({ messagesPerConnection: 1 });
    const names = ['a', 'b', 'c'];
    world.routes.set('dest.test', {
      ...hosts,
      hosts: names.map((name) => ({ name: `${name}.test`, preference: 10, addresses: [name] })),
    });
    await submitMany(world, 60);
    await world.clock.advance(5_000);
    for (const name of names) expect(world.remotes.connectsTo(name)).toBeGreaterThan(5);
  });
});

describe('the pace', () => {
  test('rate-limit replies halve the connections, and success brings them back slowly', async () => {
    await using world = new World({ firstConnectionsPerSite: 8, maxConnectionsPerSite: 8 });
    let limited = true;
    world.remotes.behave(MX, {
      transactionMs: 1_000,
      reply: () =>
        limited
          ? replyTo(450, '4.7.28', 'rate limit exceeded', 'mail')
          : { reply: OK, stage: 'final', sharedBy: 1 },
    });
    await submitMany(world, 60);
    await world.clock.advance(2_500);
    expect(world.remotes.openByAddress.get(MX)).toBeLessThanOrEqual(4);
    limited = false;
    await world.clock.advance(600_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
  });

  test('a connection that is refused beside working ones lowers the limit and blocks nothing', async () => {
    await using world = new World({ firstConnectionsPerSite: 5 });
    world.remotes.behave(MX, { transactionMs: 500 });
    const { connect } = world.remotes;
    await submitMany(world, 5);
    await world.clock.advance(100);
    const open = world.remotes.openByAddress.get(MX)!;
    expect(open).toBe(5);
    world.remotes.behave(MX, {
      transactionMs: 500,
      refuse: {
        stage: 'greeting',
        reply: { code: 421, status: '4.7.0', text: 'too many connections' },
        text: '',
      },
    });
    await submitMany(world, 100);
    await world.clock.advance(20_000);
    expect(world.spool.blocks.size).toBe(0);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
    expect(connect).toBe(world.remotes.connect);
  });

  test('messages a second are limited where it is asked for', async () => {
    await using world = new World({ messagesPerSecondPerSite: 10 });
    await submitMany(world, 100);
    await world.clock.advance(4_000);
    expect(world.remotes.taken.length).toBeGreaterThan(35);
    expect(world.remotes.taken.length).toBeLessThan(55);
    await world.clock.advance(7_000);
    expect(world.remotes.taken.length).toBe(100);
  });

  test('no more connections in all than the hard limit, and slow sites do not keep a fast one out', async () => {
    await using world = new World({ softConnections: 20, hardConnections: 30 });
    for (let i = 0; i < 15; i++) {
      world.remotes.behave(World.addressOf(`slow${i}.test`), { transactionMs: 30_000 });
      await submitMany(world, 30, `slow${i}.test`);
    }
    await world.clock.advance(1_000);
    expect(world.remotes.open).toBe(30);
    await submitMany(world, 50, 'fast.test');
    await world.clock.advance(31_000);
    expect(world.remotes.taken.filter((one) => one.endsWith('@fast.test')).length).toBe(50);
    expect(world.remotes.maxOpen).toBeLessThanOrEqual(30);
    await world.clock.advance(1_200_000);
    expect(world.remotes.taken.length).toBe(500);
  });
});
