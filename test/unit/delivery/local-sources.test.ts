/** A source that cannot be used is this relay's trouble: no destination, no port and no host is blamed for it. */
import { expect, test } from 'vitest';
import type { SourceChooser } from '../../../src/delivery/route/egress.ts';
import { PortWatch } from '../../../src/delivery/route/port-watch.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import type { ConnectFailure } from '../../../src/smtp/client/session.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { source } from './support/routes.ts';
import { World } from './support/world.ts';

const UNUSABLE: ConnectFailure = {
  kind: 'failed',
  stage: 'connect',
  reply: undefined,
  text: '192.0.2.250: no local address to connect from',
  localClass: 'local-source',
};

/** The first of `pool` that is not left out. */
function choosing(pool: readonly Source[]): SourceChooser {
  return {
    isEmpty: false,
    choose: ({ except }) => {
      const source = pool.find(({ name }) => !except.includes(name));
      if (source !== undefined) return { kind: 'leaves', source };
      return { kind: 'wait', untilMs: 0, limited: true, text: 'no source is left' };
    },
    ended: () => undefined,
    refused: () => undefined,
    taken: () => undefined,
  };
}

test('mail of a source that cannot be used waits under a class of its own, and goes when it can', async () => {
  await using world = new World({}, { sources: choosing([source('a', '192.0.2.250')]) });
  const address = World.addressOf('dest.test');
  world.remotes.behave(address, { refuse: UNUSABLE });
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(0);
  const waiting = world.spool.of('b@dest.test');
  expect(waiting.state).toBe('deferred');
  expect(waiting.events[0]?.data).toMatchObject({
    class: 'local-source',
    reply: '192.0.2.250: no local address to connect from',
  });
  world.remotes.behave(address, {});
  await world.clock.advance(3_600_000);
  expect(world.remotes.taken).toEqual(['b@dest.test']);
});

test('another source of the pool takes it at once', async () => {
  const pool = [source('a', '192.0.2.250'), source('b', '192.0.2.251')];
  await using world = new World({}, { sources: choosing(pool) });
  const address = World.addressOf('dest.test');
  world.remotes.bySource.set(address, new Map([['192.0.2.250', { refuse: UNUSABLE }]]));
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(0);
  expect(world.remotes.requests.map(({ source }) => source?.localAddress)).toEqual([
    '192.0.2.250',
    '192.0.2.251',
  ]);
  expect(world.remotes.taken).toEqual(['b@dest.test']);
});

test('the port is not taken for closed', async () => {
  const watch = new PortWatch(new VirtualClock());
  const connect = (failure: ConnectFailure) => watch.watching(() => Promise.resolve(failure));
  const tryAll = async (failure: ConnectFailure) => {
    for (let host = 0; host < 10; host++)
      await connect(failure)(
        { host: `mx${host}.test`, address: '192.0.2.1', port: 25 },
        { requireTls: false },
      );
  };
  await tryAll(UNUSABLE);
  expect(watch.closed).toBe(false);
  await tryAll({ kind: 'failed', stage: 'connect', reply: undefined, text: 'connection refused' });
  expect(watch.closed).toBe(true);
});
