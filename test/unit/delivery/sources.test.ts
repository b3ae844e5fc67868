import { describe, expect, test } from 'vitest';
import type {
  LeavingMail,
  SourceChoice,
  SourceChooser,
  SourceRefusal,
} from '../../../src/delivery/route/egress.ts';
import type { DeliveryOptions } from '../../../src/delivery/delivery-options.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import { replyTo, type Behaviour } from './support/fake-remotes.ts';
import { NO_ANSWER, RELAY_ADDRESS, routed, rule } from './support/routes.ts';
import { route, World } from './support/world.ts';

const SOURCE: Source = {
  name: 'a',
  addresses: ['192.0.2.250', '2001:db8::250'],
  hostname: 'a.relay.test',
  pool: 'default',
  weight: 1,
  clientCertificate: undefined,
  hop: undefined,
  warmUp: undefined,
};

const OTHER: Source = { ...SOURCE, name: 'b', addresses: ['192.0.2.251'], hostname: 'b.relay.test' };

/** Gives the first of `pool` that may be chosen, or what a test says; keeps what it was asked and told. */
class FakeSources {
  readonly pool: Source[] = [SOURCE];
  readonly asked: LeavingMail[] = [];
  readonly counts: { source: string; recipients: number; handedOver: number }[] = [];
  readonly refusals: SourceRefusal[] = [];
  readonly taken: string[] = [];
  instead: SourceChoice | undefined;
  #tokens = 0;

  readonly chooser: SourceChooser = {
    isEmpty: false,
    choose: (mail) => {
      this.asked.push(mail);
      if (this.instead !== undefined) return this.instead;
      const source = this.pool.find(({ name }) => !mail.except.includes(name));
      if (source !== undefined) {
        this.#tokens += mail.recipients;
        return { kind: 'leaves', source };
      }
      return { kind: 'wait', untilMs: 0, limited: true, text: 'each source was refused' };
    },
    ended: ({ name }, _provider, counts) => {
      this.counts.push({ source: name, ...counts });
    },
    refused: (refusal) => this.refusals.push(refusal),
    taken: ({ name }) => this.taken.push(name),
  };

  /** Tokens that were taken and not accounted for. */
  get outstanding(): number {
    return this.#tokens - this.counts.reduce((sum, { recipients }) => sum + recipients, 0);
  }
}

test('mail leaves from the address and by the name of its source, of the family of the host', async () => {
  const sources = new FakeSources();
  await using world = new World({}, { sources: sources.chooser });
  world.routes.set('v4.test', route('mx.v4.test', ['198.51.100.1']));
  world.routes.set('v6.test', route('mx.v6.test', ['2001:db8::1']));
  await world.submit({ to: ['b@v4.test'] });
  await world.submit({ to: ['b@v6.test'] });
  await world.clock.advance(0);
  expect(world.remotes.taken).toEqual(['b@v4.test', 'b@v6.test']);
  expect(world.remotes.requests.map(({ source }) => source)).toMatchObject([
    { localAddress: '192.0.2.250', hostname: 'a.relay.test' },
    { localAddress: '2001:db8::250', hostname: 'a.relay.test' },
  ]);
  expect(sources.asked).toMatchObject([
    { provider: 'mx.v4.test', messageId: 'msg_0', recipients: 1 },
    { provider: 'mx.v6.test', messageId: 'msg_1', recipients: 1 },
  ]);
});

test('a host of a family that the source lacks is not tried', async () => {
  const sources = new FakeSources();
  sources.pool[0] = { ...SOURCE, addresses: ['192.0.2.250'] };
  await using world = new World({}, { sources: sources.chooser });
  world.routes.set('both.test', route('mx.both.test', ['2001:db8::1', '198.51.100.1']));
  world.routes.set('v6.test', route('mx.v6.test', ['2001:db8::1']));
  await world.submit({ to: ['b@both.test', 'b@v6.test'] });
  await world.clock.advance(0);
  expect(world.remotes.connects.map(({ address }) => address)).toEqual(['198.51.100.1']);
  expect(world.spool.of('b@v6.test').state).toBe('deferred');
  expect(world.spool.of('b@v6.test').events[0]?.data['reply']).toContain('family that the source a has');
});

test('a source is told how many recipients were handed over', async () => {
  const sources = new FakeSources();
  await using world = new World({}, { sources: sources.chooser });
  const reply = (recipient: string) =>
    recipient.startsWith('no')
      ? replyTo(450, '4.2.1', 'later', 'rcpt')
      : replyTo(250, '2.0.0', 'taken', 'final');
  world.remotes.behave(World.addressOf('dest.test'), { reply });
  await world.submit({ to: ['yes@dest.test', 'no@dest.test', 'yes2@dest.test'] });
  await world.clock.advance(0);
  expect(sources.counts).toEqual([{ source: 'a', recipients: 3, handedOver: 2, turnedAway: 0 }]);
});

test('mail waits for a source until one may send, and what waits for tokens goes on when they are there', async () => {
  const sources = new FakeSources();
  await using world = new World({}, { sources: sources.chooser });
  sources.instead = {
    kind: 'wait',
    untilMs: world.clock.now() + 3_600_000,
    limited: false,
    text: 'the ceiling of the day is reached',
  };
  await world.submit({ to: ['b@late.test'] });
  await world.clock.advance(0);
  expect(world.spool.of('b@late.test')).toMatchObject({ state: 'deferred', attempts: 0 });
  expect(world.spool.of('b@late.test').events).toMatchObject([
    { data: { class: 'local-limit', reply: 'the ceiling of the day is reached' } },
  ]);
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  sources.instead = { kind: 'ask-again', when: promise };
  await world.submit({ to: ['b@one.test', 'b@two.test'] });
  await world.clock.advance(1_000);
  expect(world.remotes.connects).toEqual([]);
  sources.instead = undefined;
  resolve();
  await world.clock.advance(0);
  expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'b@two.test']);
  await world.clock.advance(3_600_000);
  expect(world.remotes.taken).toContain('b@late.test');
});

describe('a source that a provider refuses', () => {
  const LISTED = replyTo(554, '5.7.1', 'client host [192.0.2.250] blocked using zen.example.org');

  function pooled(settings: Partial<DeliveryOptions> = {}) {
    const sources = new FakeSources();
    sources.pool.push(OTHER);
    return { sources, world: new World({}, { sources: sources.chooser, ...settings }) };
  }

  /** What the host at `address` does with connections from some addresses. */
  function bySource(world: World, address: string, of: Readonly<Record<string, Behaviour>>): void {
    world.remotes.bySource.set(address, new Map(Object.entries(of)));
  }

  test('leaves its mail to another one at once, and is told of by its message', async () => {
    const { sources, world: made } = pooled();
    await using world = made;
    bySource(world, World.addressOf('dest.test'), { '192.0.2.250': { reply: () => LISTED } });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@dest.test');
    expect(stored).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(stored.history.map(({ source, replyCode }) => [source, replyCode])).toEqual([
      ['a', 554],
      ['b', 250],
    ]);
    expect(stored.events).toMatchObject([{ type: 'delivered', data: { sent_from: 'b' } }]);
    expect(sources.refusals).toMatchObject([
      { provider: 'mx.dest.test', messageId: 'msg_0', class: 'reputation', record: { replyCode: 554 } },
    ]);
    expect(sources.taken).toEqual(['b']);
    expect(sources.outstanding).toBe(0);
  });

  test.each(['mx.google.test', 'mx1.victim.test'])(
    'is not refused by %s where another host says so that is named beside it, nor taken',
    async (preferred) => {
      const { sources, world: made } = pooled({ egress: routed().egress });
      await using world = made;
      const hosts = [
        { name: preferred, preference: 10, addresses: ['192.0.2.99'] },
        { name: 'zmx.evil.test', preference: 20, addresses: ['192.0.2.66'] },
      ];
      world.routes.set('evil.test', { kind: 'hosts', site: 'both', hosts, ttlMs: 3_600_000 });
      world.remotes.behave('192.0.2.99', {
        refuse: { stage: 'connect', reply: undefined, text: 'no answer' },
      });
      bySource(world, '192.0.2.66', { '192.0.2.250': { reply: () => LISTED } });
      await world.submit({ to: ['b@evil.test'] });
      await world.clock.advance(0);
      expect(world.spool.of('b@evil.test').history.at(-1)).toMatchObject({ source: 'b', replyCode: 250 });
      const reply = { code: 554, status: '5.7.1', text: 'your IP 192.0.2.250 is blocked for its reputation' };
      bySource(world, '192.0.2.66', { '192.0.2.250': { refuse: { stage: 'greeting', reply, text: '' } } });
      await world.submit({ to: ['c@evil.test'] });
      await world.clock.advance(60_000);
      expect(world.spool.of('c@evil.test').state).toBe('delivered');
      expect([sources.refusals, sources.taken]).toEqual([[], []]);
    },
  );

  test('and no other one either leaves the refusal standing', async () => {
    const { world: made } = pooled();
    await using world = made;
    world.remotes.behave(World.addressOf('dest.test'), { reply: () => LISTED });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@dest.test');
    expect(stored.state).toBe('bounced');
    expect(stored.history.map(({ source }) => source)).toEqual(['a', 'b']);
    expect(stored.events).toMatchObject([{ type: 'bounced', data: { class: 'reputation' } }]);
  });

  test('in its greeting is told of without a message, and the mail goes by another one', async () => {
    const { sources, world: made } = pooled();
    await using world = made;
    const reply = { code: 554, status: '5.7.1', text: 'your IP 192.0.2.250 is blocked for its reputation' };
    const refuse = { stage: 'greeting', reply, text: '' } as const;
    bySource(world, World.addressOf('dest.test'), { '192.0.2.250': { refuse } });
    await world.submit({ to: ['b@dest.test', 'c@dest.test'] });
    await world.submit({ to: ['d@dest.test'] });
    await world.clock.advance(0);
    expect(world.remotes.taken.toSorted()).toEqual(['b@dest.test', 'c@dest.test', 'd@dest.test']);
    expect(sources.refusals).toMatchObject([{ messageId: undefined, record: { stage: 'greeting' } }]);
    expect(world.spool.blocks.size).toBe(0);
    expect(sources.outstanding).toBe(0);
  });

  test('falls back to a smart host where no source is left and the route says so', async () => {
    const direct = rule('mx', { action: 'direct', fallback: 'smart', fallbackOn: ['blocked'] });
    const { sources, world: made } = pooled(routed(direct, rule('smart', { pool: 'none' })));
    await using world = made;
    world.remotes.behave(World.addressOf('dest.test'), { reply: () => LISTED });
    await world.submit({ to: ['b@dest.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@dest.test').history.map(({ route: by, source }) => [by, source])).toEqual([
      ['mx', 'a'],
      ['mx', 'b'],
      ['smart', 'a'],
    ]);
    expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(1);
    expect(sources.outstanding).toBe(0);
  });
});

test('a source whose address is not of this machine fails for a reason of ours, and another one takes its mail', async () => {
  const sources = new FakeSources();
  await using world = new World({}, { sources: sources.chooser });
  const refuse = {
    stage: 'connect',
    reply: undefined,
    text: 'EADDRNOTAVAIL',
    localClass: 'local-source',
  } as const;
  world.remotes.bySource.set(World.addressOf('dest.test'), new Map([['192.0.2.250', { refuse }]]));
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(0);
  expect(world.spool.of('b@dest.test').events).toMatchObject([{ data: { class: 'local-source' } }]);
  expect(world.spool.blocks.size).toBe(0);
  sources.pool.push(OTHER);
  await world.submit({ to: ['c@dest.test'] });
  await world.clock.advance(0);
  expect(world.spool.of('c@dest.test').history).toMatchObject([{ source: 'b', replyCode: 250 }]);
});

test('a source that reaches nobody there leaves the mail to another one, and a dead host costs one try of each', async () => {
  const sources = new FakeSources();
  sources.pool.push(OTHER);
  await using world = new World({}, { sources: sources.chooser });
  const mx = World.addressOf('dest.test');
  world.remotes.bySource.set(mx, new Map([['192.0.2.250', { refuse: NO_ANSWER }]]));
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(0);
  expect(world.spool.of('b@dest.test').history.map(({ source, stage }) => [source, stage])).toEqual([
    ['a', 'connect'],
    ['b', 'final'],
  ]);
  world.remotes.behave(World.addressOf('dead.test'), { refuse: NO_ANSWER });
  for (let i = 0; i < 10; i++) await world.submit({ to: [`r${String(i)}@dead.test`] });
  await world.clock.advance(10_000);
  expect(world.remotes.connectsTo(World.addressOf('dead.test'))).toBe(2);
  expect(world.spool.of('r9@dead.test').state).toBe('deferred');
});
