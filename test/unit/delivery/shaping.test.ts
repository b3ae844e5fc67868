/** Mail under rules of shaping: no limit is ever exceeded, nothing waits that may go, and what waits says why. */
import { describe, expect, test } from 'vitest';
import { MINUTE_MS, mostWithin, ShapedWorld } from './support/shaped-world.ts';
import { replyTo } from './support/fake-remotes.ts';
import { DAY_MS, HOUR_MS, route, World } from './support/world.ts';

const DEST = World.addressOf('dest.test');

describe('messages in a window', () => {
  test('a second never has more than its limit, and as many as it may', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_second = 10');
    world.watch(DEST);
    await world.submitMany(100, 'dest.test');
    await world.clock.advance(9_500);
    expect(world.takenAt('dest.test')).toBeGreaterThanOrEqual(95);
    await world.clock.advance(2_000);
    expect(world.takenAt('dest.test')).toBe(100);
    expect(mostWithin(world.begun, 1_000)).toBe(10);
  });

  test('a minute never has more than its limit; what waits is queued with the reason and the time, and goes by itself', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_minute = 20');
    world.watch(DEST);
    await world.submitMany(50, 'dest.test');
    await world.clock.advance(5_000);
    expect(world.takenAt('dest.test')).toBe(20);
    expect(world.spool.claimedCount).toBe(0);
    const waiting = world.spool.deliveries.filter(({ state }) => state !== 'delivered');
    expect(
      waiting.every(({ state, attempts, history }) => state === 'queued' && attempts + history.length === 0),
    ).toBe(true);
    const block = world.spool.blocks.get('dest.test');
    expect(block).toMatchObject({ waitsFor: 'rule a: 20 messages a minute' });
    expect((block?.untilMs ?? 0) - world.clock.now()).toBeLessThan(61_000);
    await world.clock.advance(60_000);
    expect(world.takenAt('dest.test')).toBe(40);
    await world.clock.advance(61_000);
    expect(world.takenAt('dest.test')).toBe(50);
    expect(mostWithin(world.begun, MINUTE_MS)).toBe(20);
  });

  test('the older go first after the wait', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_minute = 10');
    world.watch(DEST);
    await world.submitMany(30, 'dest.test', 'acc_1', 'old');
    await world.clock.advance(30_000);
    await world.submitMany(5, 'dest.test', 'acc_1', 'new');
    await world.clock.advance(200_000);
    expect(world.remotes.taken).toHaveLength(35);
    expect(world.remotes.taken.slice(0, 30).every((one) => one.startsWith('old'))).toBe(true);
  });

  test('a restart within the hour begins no new hour', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_hour = 30');
    world.watch(DEST);
    await world.submitMany(50, 'dest.test');
    await world.clock.advance(10_000);
    expect(world.takenAt('dest.test')).toBe(30);
    await world.clock.advance(20 * MINUTE_MS);
    world.crash();
    await world.clock.advance(35 * MINUTE_MS);
    expect(world.takenAt('dest.test')).toBe(30);
    await world.clock.advance(20 * MINUTE_MS);
    expect(world.takenAt('dest.test')).toBe(50);
  });

  test('all limits hold at once', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nmessages_per_second = 5\nmessages_per_minute = 60\n[[rule]]\nname = "b"\nmessages_per_hour = 150',
    );
    world.watch(DEST);
    await world.submitMany(300, 'dest.test');
    await world.clock.advance(2.5 * HOUR_MS);
    expect(mostWithin(world.begun, 1_000)).toBeLessThanOrEqual(5);
    expect(mostWithin(world.begun, MINUTE_MS)).toBeLessThanOrEqual(60);
    expect(mostWithin(world.begun, HOUR_MS)).toBeLessThanOrEqual(150);
    expect(world.takenAt('dest.test')).toBe(300);
  });

  test('while the store gives no tokens mail waits, and goes when it does', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_minute = 20');
    world.windows.fails = true;
    await world.submitMany(5, 'dest.test');
    await world.clock.advance(30_000);
    expect(world.takenAt('dest.test')).toBe(0);
    world.windows.fails = false;
    await world.clock.advance(11_000);
    expect(world.takenAt('dest.test')).toBe(5);
  });

  test('no more comes back from the store than may go', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nmatch = { provider = "google" }\nmessages_per_minute = 10',
    );
    for (let i = 0; i < 100; i++) {
      world.routes.set(`d${String(i)}.test`, route('mx.google.test', ['192.0.2.9']));
      await world.submit({ to: [`x@d${String(i)}.test`] });
    }
    world.watch('192.0.2.9');
    await world.clock.advance(5 * MINUTE_MS);
    expect(world.remotes.taken.length).toBeGreaterThanOrEqual(40);
    expect(mostWithin(world.begun, MINUTE_MS)).toBe(10);
    const releases = world.spool.settleCalls
      .flatMap(({ settlements }) => settlements)
      .filter(({ state }) => state === 'queued').length;
    expect(releases).toBeLessThan(200);
    await world.clock.advance(12 * MINUTE_MS);
    expect(world.remotes.taken).toHaveLength(100);
  });
});

describe('who waits', () => {
  test('an account over its limit leaves the others alone', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "shop"\nmatch = { account = "shop" }\nmessages_per_hour = 5',
    );
    await world.submitMany(20, 'dest.test', 'acc_1');
    await world.submitMany(20, 'dest.test', 'acc_2', 'other');
    await world.clock.advance(10_000);
    expect(world.remotes.taken.filter((one) => one.startsWith('other'))).toHaveLength(20);
    expect(world.remotes.taken.filter((one) => one.startsWith('r'))).toHaveLength(5);
    expect(world.spool.blocks.size).toBe(0);
    const waiting = world.spool.deliveries.filter(({ state }) => state !== 'delivered');
    expect(waiting).toHaveLength(15);
    for (const one of waiting) {
      expect(one).toMatchObject({
        state: 'queued',
        claimed: false,
        waitsFor: 'rule shop: 5 messages an hour',
      });
      expect(one.dueAtMs).toBeGreaterThan(world.clock.now() + 50 * MINUTE_MS);
    }
    await world.clock.advance(3.2 * HOUR_MS);
    expect(world.remotes.taken).toHaveLength(40);
  });

  test.each([
    ['an account', 'match = { account = "shop" }'],
    ['a destination', 'match = { domain = "dest.test" }'],
    ['everything', ''],
  ])('of %s: what is not bulk does not wait behind the bulk that came before it', async (_what, match) => {
    await using world = new ShapedWorld(`[[rule]]\nname = "a"\n${match}\nmessages_per_hour = 20`);
    world.watch(DEST);
    for (let i = 0; i < 200; i++) await world.submit({ to: [`bulk-${i}@dest.test`], bulk: true });
    await world.clock.advance(10 * MINUTE_MS);
    expect(world.takenAt('dest.test')).toBe(20);
    for (let i = 0; i < 5; i++) await world.submit({ to: [`first-${i}@dest.test`] });
    await world.clock.advance(65 * MINUTE_MS);
    const taken = world.remotes.taken.slice(20);
    expect(taken.filter((one) => one.startsWith('first'))).toHaveLength(5);
    expect(taken.findLastIndex((one) => one.startsWith('first'))).toBeLessThan(10);
    await world.clock.advance(12 * HOUR_MS);
    expect(world.takenAt('dest.test')).toBeGreaterThanOrEqual(200);
    expect(mostWithin(world.begun, HOUR_MS)).toBe(20);
  });

  test('a stream over its limit leaves the other streams of its account alone', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "news"\nmatch = { stream = "news" }\nmessages_per_second = 1',
    );
    for (let i = 0; i < 20; i++)
      await world.submit({ to: [`n${String(i)}@dest.test`], facts: { stream: 'news' } });
    for (let i = 0; i < 20; i++) await world.submit({ to: [`t${String(i)}@dest.test`] });
    await world.clock.advance(2_500);
    expect(world.remotes.taken.filter((one) => one.startsWith('t'))).toHaveLength(20);
    expect(world.remotes.taken.filter((one) => one.startsWith('n')).length).toBeLessThanOrEqual(3);
    await world.clock.advance(20_000);
    expect(world.remotes.taken).toHaveLength(40);
  });

  test('a destination over its limit leaves the others alone, also those of the same hosts', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nmatch = { domain = "slow.test" }\nmessages_per_hour = 3',
    );
    for (const domain of ['slow.test', 'fast.test']) {
      world.routes.set(domain, route('mx.test', ['192.0.2.9']));
      await world.submitMany(20, domain);
    }
    await world.clock.advance(10_000);
    expect(world.takenAt('slow.test')).toBe(3);
    expect(world.takenAt('fast.test')).toBe(20);
    expect([...world.spool.blocks.keys()]).toEqual(['slow.test']);
  });

  test('what is counted together for a provider is counted so over all its sites', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "g"\nmatch = { provider = "google" }\nmessages_per_second = 4',
    );
    for (const n of ['1', '2', '3']) {
      world.routes.set(`d${n}.test`, route(`mx${n}.google.test`, [`192.0.2.${n}`]));
      world.watch(`192.0.2.${n}`);
      await world.submitMany(20, `d${n}.test`);
    }
    await world.clock.advance(16_000);
    expect(world.remotes.taken).toHaveLength(60);
    expect(mostWithin(world.begun, 1_000)).toBe(4);
  });
});

describe('connections', () => {
  test('no more are open than a rule allows, and as many as it does', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nconnections = 3');
    world.watch(DEST, 1_000);
    await world.submitMany(60, 'dest.test');
    await world.clock.advance(25_000);
    expect(world.remotes.maxOpen).toBe(3);
    expect(world.takenAt('dest.test')).toBe(60);
  });

  test('a rule may allow more than without it', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nconnections = 25');
    world.watch(DEST, 1_000);
    await world.submitMany(400, 'dest.test');
    await world.clock.advance(60_000);
    expect(world.remotes.maxOpen).toBe(25);
  });

  test('sites that share a limit take turns', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "g"\nmatch = { provider = "google" }\nconnections = 2\nmessages_per_connection = 10',
    );
    for (const n of ['1', '2', '3', '4']) {
      world.routes.set(`d${n}.test`, route(`mx${n}.google.test`, [`192.0.2.${n}`]));
      world.watch(`192.0.2.${n}`, 100);
      await world.submitMany(30, `d${n}.test`);
    }
    await world.clock.advance(15_000);
    expect(world.remotes.maxOpen).toBe(2);
    expect(world.remotes.taken).toHaveLength(120);
  });

  test('an idle connection is let go for a site that waits', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "g"\nmatch = { provider = "google" }\nconnections = 1\nidle = "60s"',
    );
    for (const n of ['1', '2']) world.routes.set(`d${n}.test`, route(`mx${n}.google.test`, [`192.0.2.${n}`]));
    await world.submitMany(1, 'd1.test');
    await world.clock.advance(1_000);
    expect(world.remotes.open).toBe(1);
    await world.submitMany(1, 'd2.test');
    await world.clock.advance(1_000);
    expect(world.remotes.taken).toHaveLength(2);
    expect(world.remotes.maxOpen).toBe(1);
  });

  test('no more are opened in a minute than a rule allows', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nconnections_per_minute = 6\nmessages_per_connection = 1',
    );
    world.watch(DEST);
    await world.submitMany(20, 'dest.test');
    await world.clock.advance(10_000);
    expect(world.takenAt('dest.test')).toBe(6);
    expect(world.spool.blocks.get('dest.test')?.waitsFor).toBe('rule a: 6 new connections a minute');
    await world.clock.advance(200_000);
    expect(world.takenAt('dest.test')).toBe(20);
    expect(mostWithin(world.begun, MINUTE_MS)).toBeLessThanOrEqual(6);
  });

  test.each([3, 60])('each address that is tried is a new connection, of %d in a minute', async (most) => {
    await using world = new ShapedWorld(`[[rule]]\nname = "a"\nconnections_per_minute = ${String(most)}`);
    const addresses = Array.from({ length: 5 }, (_one, i) => `192.0.2.${String(i + 10)}`);
    world.routes.set('dest.test', route('mx.test', addresses));
    for (const address of addresses.slice(0, 4))
      world.remotes.behave(address, { refuse: { stage: 'connect', reply: undefined, text: 'ECONNREFUSED' } });
    await world.submitMany(1, 'dest.test');
    await world.clock.advance(10_000);
    expect(world.remotes.connects).toHaveLength(Math.min(most, 5));
    await world.clock.advance(10 * MINUTE_MS);
    expect(world.takenAt('dest.test')).toBe(1);
  });

  test('a connection carries as many messages as a rule allows, and is kept as long', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nconnections = 1\nmessages_per_connection = 5\nidle = "30s"',
    );
    await world.submitMany(12, 'dest.test');
    await world.clock.advance(5_000);
    expect(world.remotes.connects).toHaveLength(3);
    await world.clock.advance(20_000);
    expect(world.remotes.open).toBe(1);
    await world.clock.advance(10_000);
    expect(world.remotes.open).toBe(0);
  });

  test('domains of the same hosts have connections of their own where rules tell them apart', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nmatch = { domain = "one.test" }\nconnections = 1',
    );
    for (const domain of ['one.test', 'two.test']) world.routes.set(domain, route('mx.test', ['192.0.2.9']));
    world.watch('192.0.2.9', 1_000);
    await world.submitMany(5, 'one.test');
    await world.submitMany(30, 'two.test');
    await world.clock.advance(4_500);
    expect(world.takenAt('one.test')).toBe(4);
    expect(world.takenAt('two.test')).toBeGreaterThan(10);
  });
});

test('a transaction has no more recipients than a rule allows', async () => {
  await using world = new ShapedWorld(
    '[[rule]]\nname = "a"\nmatch = { domain = "dest.test" }\nrecipients_per_transaction = 3',
  );
  const to = Array.from({ length: 8 }, (_one, i) => `r${String(i)}@dest.test`);
  await world.submit({ to });
  await world.submit({ to: to.map((one) => one.replace('dest', 'other')) });
  await world.clock.advance(1_000);
  const sizes = world.remotes.transactions.map(({ transaction }) => transaction.forwardPaths.length);
  expect(sizes.sort()).toEqual([2, 3, 3, 8]);
});

test('each node has its part of a limit', async () => {
  await using world = new ShapedWorld(
    '[[rule]]\nname = "a"\nconnections = 5\nmessages_per_second = 9',
    {},
    { nodes: () => 2 },
  );
  world.watch(DEST, 2_000);
  await world.submitMany(40, 'dest.test');
  await world.clock.advance(30_000);
  expect(world.remotes.maxOpen).toBe(2);
  world.watch(DEST, 10);
  await world.submitMany(60, 'dest.test', 'acc_1', 'second');
  await world.clock.advance(60_000);
  expect(mostWithin(world.begun, 1_000)).toBe(4);
});

test('of more nodes than the limit of a second each has one in as many seconds', async () => {
  await using world = new ShapedWorld(
    '[[rule]]\nname = "a"\nmessages_per_second = 2',
    {},
    { nodes: () => 6 },
  );
  world.watch(DEST);
  await world.submitMany(10, 'dest.test');
  await world.clock.advance(31_000);
  expect(mostWithin(world.begun, 3_000)).toBe(1);
  expect(world.takenAt('dest.test')).toBe(10);
});

test('new rules hold at once: what they let go goes, and what they limit waits', async () => {
  await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_hour = 10');
  world.watch(DEST);
  await world.submitMany(40, 'dest.test');
  await world.clock.advance(10_000);
  expect(world.takenAt('dest.test')).toBe(10);
  world.reload('[[rule]]\nname = "a"\nmessages_per_hour = 25');
  await world.clock.advance(5_000);
  expect(world.takenAt('dest.test')).toBe(25);
  world.reload('');
  await world.clock.advance(5_000);
  expect(world.takenAt('dest.test')).toBe(40);
  world.reload('[[rule]]\nname = "b"\nconnections = 1');
  world.watch(DEST, 500);
  await world.submitMany(20, 'dest.test', 'acc_1', 'later');
  await world.clock.advance(3_000);
  expect(world.remotes.open).toBe(1);
});

test('connections that are open count for new rules, also where nothing waits', async () => {
  const rule = (connections: number) =>
    `[[rule]]\nname = "g"\nmatch = { provider = "google" }\nconnections = ${String(connections)}`;
  await using world = new ShapedWorld(rule(4));
  for (const n of ['1', '2']) world.routes.set(`d${n}.test`, route(`mx${n}.google.test`, [`192.0.2.${n}`]));
  world.watch('192.0.2.1', 10_000);
  await world.submitMany(1, 'd1.test');
  await world.clock.advance(12_000);
  await world.submitMany(4, 'd1.test');
  await world.clock.advance(100);
  const open = world.remotes.openByAddress.get('192.0.2.1') ?? 0;
  expect(open).toBeGreaterThan(1);
  world.reload(rule(open - 1));
  await world.submitMany(4, 'd2.test');
  await world.clock.advance(5_000);
  expect(world.remotes.maxOpen).toBe(open);
  await world.clock.advance(15_000);
  expect(world.takenAt('d2.test')).toBe(4);
});

test('new figures begin no new second', async () => {
  await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_second = 10');
  world.watch(DEST, 1);
  await world.submitMany(60, 'dest.test');
  await world.clock.advance(2_100);
  world.reload('[[rule]]\nname = "a"\nmessages_per_second = 12');
  await world.clock.advance(300);
  world.reload('[[rule]]\nname = "a"\nmessages_per_second = 3');
  await world.clock.advance(15_000);
  expect(mostWithin(world.begun, 1_000)).toBeLessThanOrEqual(12);
  expect(world.takenAt('dest.test')).toBe(60);
});

test('what waits for a limit beyond the maximum age gets its try', async () => {
  await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_day = 1');
  await world.submitMany(7, 'dest.test');
  await world.clock.advance(7.5 * DAY_MS);
  expect(world.takenAt('dest.test')).toBe(7);
});

describe('what waits for a limit', () => {
  test.each([
    ['an account', 'match = { account = "shop" }'],
    ['a stream', 'match = { stream = "codes" }'],
    ['a destination', 'match = { domain = "dest.test" }'],
  ])('of %s ends when its sender wants it to, hours before its turn', async (_what, match) => {
    await using world = new ShapedWorld(`[[rule]]\nname = "a"\n${match}\nmessages_per_day = 5`);
    for (let i = 0; i < 5; i++) await world.submit({ to: [`r${i}@dest.test`], facts: { stream: 'codes' } });
    await world.clock.advance(MINUTE_MS);
    expect(world.takenAt('dest.test')).toBe(5);
    const inMs = (ms: number) => ({ stream: 'codes', expiresAtMs: world.clock.now() + ms });
    await world.submit({ to: ['code@dest.test'], facts: inMs(30 * MINUTE_MS) });
    await world.submit({ to: ['offer@dest.test'], facts: inMs(3 * HOUR_MS) });
    await world.submit({ to: ['usual@dest.test'], facts: inMs(10 * DAY_MS) });
    await world.clock.advance(29 * MINUTE_MS);
    expect(world.spool.of('code@dest.test')).toMatchObject({ state: 'queued' });
    // A destination that waits as a whole is looked at every ten minutes.
    await world.clock.advance(11 * MINUTE_MS);
    expect(world.spool.of('code@dest.test').state).toBe('expired');
    expect(world.spool.of('offer@dest.test')).toMatchObject({ state: 'queued', claimed: false });
    await world.clock.advance(2.5 * HOUR_MS);
    expect(world.spool.of('offer@dest.test').state).toBe('expired');
    expect(world.spool.of('usual@dest.test').state).toBe('queued');
    await world.clock.advance(DAY_MS);
    expect(world.remotes.taken).toContain('usual@dest.test');
  });

  test('after a try ends with its maximum age', async () => {
    await using world = new ShapedWorld(
      '[[rule]]\nname = "a"\nmatch = { account = "shop" }\nmessages_per_day = 1\nmax_age = "2h"',
    );
    world.remotes.behave(DEST, { reply: () => replyTo(451, '4.7.1', 'later') });
    await world.submit({ to: ['a@dest.test'] });
    await world.clock.advance(1.5 * HOUR_MS);
    expect(world.spool.of('a@dest.test')).toMatchObject({ state: 'deferred', attempts: 1 });
    await world.clock.advance(35 * MINUTE_MS);
    expect(world.spool.of('a@dest.test')).toMatchObject({ state: 'expired', attempts: 1 });
  });

  test('after a try ends with its maximum age, although another recipient of the message still waits for one', async () => {
    await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_day = 1\nmax_age = "2h"');
    await world.submit({ to: ['before@dest.test'] });
    await world.submit({ to: ['untried@dest.test', 'tried@dest.test'] });
    await world.clock.advance(MINUTE_MS);
    // By a relay that had no such rule.
    Object.assign(world.spool.of('tried@dest.test'), { state: 'deferred', attempts: 1 });
    await world.clock.advance(2.5 * HOUR_MS);
    expect(world.spool.of('tried@dest.test')).toMatchObject({ state: 'expired', attempts: 1 });
    expect(world.spool.of('untried@dest.test')).toMatchObject({ state: 'queued', attempts: 0 });
    await world.clock.advance(DAY_MS);
    expect(world.takenAt('dest.test')).toBe(2);
    expect(world.spool.of('untried@dest.test').state).toBe('delivered');
  });
});

describe('when it is tried again, and how long', () => {
  const busy = { reply: () => replyTo(451, '4.7.1', 'later') };
  const refuse = { refuse: { stage: 'connect', reply: undefined, text: 'refused' } } as const;
  const rules = [
    '[[rule]]\nname = "codes"\nmatch = { stream = "codes" }\nretry_schedule = ["10s"]\nmax_age = "5m"',
    '[[rule]]\nname = "dest"\nmatch = { mx = "mx.dest.test" }\nretry_schedule = ["2h"]',
    '[[rule]]\nname = "long"\nmatch = { domain = "slow.test" }\nmax_age = "10d"',
  ].join('\n');

  test('is by the first rule that says it, of a stream as of a host, for each delivery of a message by itself', async () => {
    await using world = new ShapedWorld(rules);
    for (const name of ['dest.test', 'other.test']) world.remotes.behave(World.addressOf(name), busy);
    await world.submit({ to: ['code@dest.test'], facts: { stream: 'codes' } });
    await world.submit({ to: ['a@dest.test', 'a@other.test'] });
    await world.clock.advance(4 * MINUTE_MS);
    expect(world.spool.of('code@dest.test').attempts).toBeGreaterThan(15);
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.spool.of('code@dest.test').state).toBe('expired');
    expect(world.spool.of('a@dest.test').attempts).toBe(1);
    expect(world.spool.of('a@other.test').attempts).toBeGreaterThanOrEqual(2);
    await world.clock.advance(2.5 * HOUR_MS);
    expect(world.spool.of('a@dest.test').attempts).toBe(2);
  });

  test('a longer age is used where it matches, and a shorter one while no host can be reached', async () => {
    await using world = new ShapedWorld(rules);
    for (const name of ['slow.test', 'usual.test', 'dead.test'])
      world.remotes.behave(World.addressOf(name), name === 'dead.test' ? refuse : busy);
    // As acceptance has it with these rules: as long as any of its deliveries may be tried.
    const facts = { expiresAtMs: world.clock.now() + 10 * DAY_MS };
    await world.submit({ to: ['a@slow.test', 'a@usual.test'], facts });
    await world.submit({ to: ['code@dead.test'], facts: { ...facts, stream: 'codes' } });
    await world.clock.advance(20 * MINUTE_MS);
    expect(world.spool.of('code@dead.test').state).toBe('expired');
    await world.clock.advance(4 * DAY_MS + 5 * HOUR_MS);
    expect(world.spool.of('a@usual.test').state).toBe('expired');
    expect(world.spool.of('a@slow.test').state).toBe('deferred');
    await world.clock.advance(6 * DAY_MS);
    expect(world.spool.of('a@slow.test').state).toBe('expired');
  });
});
