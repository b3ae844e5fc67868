import { describe, expect, test } from 'vitest';
import { delay } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { Alarm } from '../../../src/delivery/alarm.ts';
import {
  defaultTimeouts,
  longestOpeningMs,
  longestTransactionMs,
} from '../../../src/smtp/client/timeouts.ts';
import { LOOK_EVERY_MS, Watch } from '../../../src/delivery/watch.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { FakeRemotes } from './support/fake-remotes.ts';
import { DAY_MS, HOUR_MS, route, World } from './support/world.ts';

const MX = World.addressOf('dest.test');

function watched() {
  const clock = new VirtualClock();
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  const alarm = new Alarm(clock);
  const watch = new Watch({ clock, alarm, log });
  alarm.wakes(watch);
  return { clock, errors, watch };
}

describe('the watch', () => {
  test('gives what the work gives, and waits for nothing afterwards', async () => {
    const { clock, errors, watch } = watched();
    const { breakOff, instead } = { breakOff: () => expect.unreachable(), instead: () => 'instead' };
    const work = watch.run(Promise.resolve('done'), {
      what: 'it',
      host: 'mx',
      longestMs: 1,
      breakOff,
      instead,
    });
    expect(await work).toBe('done');
    await clock.advance(10 * LOOK_EVERY_MS);
    expect(clock.pendingTimers).toBe(0);
    expect(errors).toEqual([]);
  });

  test('breaks off what outlasts its limits, and logs it', async () => {
    const { clock, errors, watch } = watched();
    let end: (result: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => (end = resolve));
    const result = watch.run(work, {
      what: 'it',
      host: 'mx',
      longestMs: 60_000,
      breakOff: () => end('broken off'),
      instead: () => 'instead',
    });
    await clock.advance(60_000);
    expect(errors).toEqual([]);
    await clock.advance(3 * LOOK_EVERY_MS);
    expect(await result).toBe('broken off');
    expect(errors.length).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('goes on without what cannot be broken off', async () => {
    const { clock, errors, watch } = watched();
    const result = watch.run(new Promise<string>(() => undefined), {
      what: 'it',
      host: 'mx',
      longestMs: 60_000,
      breakOff: () => undefined,
      instead: () => 'instead',
    });
    await clock.advance(60_000 + 4 * LOOK_EVERY_MS);
    expect(await result).toBe('instead');
    expect(errors.length).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the longest time', () => {
  test('is longer than every wait together', () => {
    const { connectMs, greetingMs, helloMs, handshakeMs, mailMs, rcptMs, dataMs, finalMs, blockMs } =
      defaultTimeouts;
    expect(longestOpeningMs(defaultTimeouts, 1)).toBeGreaterThan(
      2 * (connectMs + greetingMs + 9 * helloMs + handshakeMs),
    );
    expect(longestOpeningMs(defaultTimeouts, 3)).toBeGreaterThan(2 * longestOpeningMs(defaultTimeouts, 1));
    expect(longestTransactionMs(defaultTimeouts, { recipients: 3, sizeBytes: 1_000_000 })).toBeGreaterThan(
      2 * mailMs + 3 * rcptMs + dataMs + finalMs + (1_000_000 / 65_536) * blockMs,
    );
  });
});

describe('the delivery service under watch', () => {
  function logged() {
    const errors: string[] = [];
    return { errors, log: { ...silentLog, error: (event: string) => void errors.push(event) } };
  }

  test('a transaction that never ends is deferred with an attempt, and its connection is given up', async () => {
    const { errors, log } = logged();
    let hangs = true;
    const { connect } = new FakeRemotes(new VirtualClock());
    await using world = new World(
      {},
      {
        log,
        connect: async (remote, options) => {
          const result = await connect(remote, options);
          // Not even its own end comes through.
          if (result.kind === 'connected' && hangs)
            result.session.transact = () => new Promise(() => undefined);
          return result;
        },
      },
    );
    await world.submit({ to: ['a@dest.test'] });
    await world.clock.advance(DAY_MS / 4);
    expect(world.spool.of('a@dest.test')).toMatchObject({ state: 'deferred', claimed: false });
    expect(world.spool.of('a@dest.test').history.length).toBeGreaterThan(0);
    expect(world.spool.of('a@dest.test').history[0]?.text).toContain('given up by this relay');
    expect(errors[0]).toContain('a fault of this relay');
    hangs = false;
    await world.clock.advance(DAY_MS);
    expect(world.spool.of('a@dest.test').state).toBe('delivered');
  });

  test('an opening that never ends is deferred with an attempt', async () => {
    const { errors, log } = logged();
    await using world = new World({}, { log, connect: () => new Promise(() => undefined) });
    await world.submit({ to: ['a@dest.test'] });
    await world.clock.advance(12 * HOUR_MS);
    expect(world.spool.of('a@dest.test').state).toBe('deferred');
    expect(world.spool.of('a@dest.test').history.length).toBeGreaterThan(0);
    expect(errors[0]).toContain('a fault of this relay');
    expect(world.delivery.stats().connections).toBeLessThanOrEqual(1);
  });

  test('a look-up that never ends defers what waits for it', async () => {
    const { errors, log } = logged();
    await using world = new World({}, { log, findRoute: () => new Promise(() => undefined) });
    await world.submit({ to: ['a@dest.test'] });
    await world.clock.advance(3 * HOUR_MS);
    expect(world.spool.of('a@dest.test')).toMatchObject({ state: 'deferred' });
    expect(world.spool.of('a@dest.test').history[0]).toMatchObject({ stage: 'dns' });
    expect(errors[0]).toContain('a fault of this relay');
  });

  test('a session that has ended when it is handed over is a failed one', async () => {
    const { connect } = new FakeRemotes(new VirtualClock());
    await using world = new World(
      {},
      {
        connect: async (remote, options) => {
          const result = await connect(remote, options);
          if (result.kind === 'connected') result.session.destroy();
          return result;
        },
      },
    );
    await world.submit({ to: ['a@dest.test'] });
    await world.clock.advance(1_000);
    expect(world.spool.of('a@dest.test')).toMatchObject({ state: 'deferred', claimed: false, attempts: 0 });
    expect(world.spool.of('a@dest.test').history).toMatchObject([{ stage: 'ehlo' }]);
    expect(world.delivery.stats().connections).toBe(0);
  });

  test('what expires behind a slow transaction is settled while that lasts', async () => {
    await using world = new World({ maxConnectionsPerSite: 1 });
    world.remotes.behave(MX, { transactionMs: 600_000 });
    await world.submit({ to: ['a@dest.test'] });
    await world.submit({ to: ['b@dest.test'], facts: { expiresAtMs: world.clock.now() + 60_000 } });
    await world.clock.advance(120_000);
    expect(world.spool.of('a@dest.test').claimed).toBe(true);
    expect(world.spool.of('b@dest.test')).toMatchObject({ state: 'expired', claimed: false });
  });

  test('what waits past max_age behind a host that stalls every session is given up, tried or not', async () => {
    await using world = new World({ maxConnectionsPerSite: 1 });
    world.remotes.behave(MX, {
      transactionMs: 1_800_000,
      result: ({ forwardPaths }) => ({
        kind: 'lost',
        stage: 'mail',
        text: 'no answer within 300 s',
        reply: undefined,
        replies: forwardPaths.map(() => undefined),
        afterFinalDot: false,
        stale: false,
      }),
    });
    for (let index = 0; index < 300; index++) await world.submit({ to: [`r${index}@dest.test`] });
    await world.clock.advance(4 * DAY_MS + 3_600_000);
    const waited = world.spool.deliveries.filter(({ destination }) => destination === 'dest.test');
    expect(waited.filter(({ state }) => state !== 'expired').length).toBe(0);
    const untried = waited.filter(({ attempts }) => attempts === 0);
    expect(untried.length).toBeGreaterThan(0);
    expect(untried[0]?.events.at(-1)?.data).toMatchObject({
      reply: expect.stringContaining('no answer within') as string,
    });
  });

  test('what expires while its look-up waits behind others is settled meanwhile, and the look-up serves the next', async () => {
    const looked: string[] = [];
    await using world = new World(
      { concurrentLookups: 1 },
      {
        findRoute: async (destination) => {
          looked.push(destination);
          if (destination === 'dead.test') await delay(world.clock, 600_000);
          return route(`mx.${destination}`, [World.addressOf(destination)]);
        },
      },
    );
    await world.submit({ to: ['a@dead.test'] });
    await world.submit({ to: ['b@dest.test'], facts: { expiresAtMs: world.clock.now() + 60_000 } });
    await world.clock.advance(120_000);
    expect(looked).toEqual(['dead.test']);
    expect(world.spool.of('b@dest.test')).toMatchObject({ state: 'expired', claimed: false });
    await world.submit({ to: ['c@dest.test'] });
    await world.clock.advance(600_000);
    expect(world.spool.of('c@dest.test').state).toBe('delivered');
    expect(looked.filter((name) => name === 'dest.test')).toHaveLength(1);
    await world.clock.advance(60_000);
    expect(world.delivery.stats()).toMatchObject({ claimed: 0, destinations: 0 });
  });
});
