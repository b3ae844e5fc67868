import { expect, test } from 'vitest';
import { systemSource, type LeavingMail, type SourceChoice } from '../../../src/delivery/route/egress.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import { replyTo } from './support/fake-remotes.ts';
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

/** Sources as a test says them; keeps what it was asked and told. */
class FakeSources {
  readonly asked: LeavingMail[] = [];
  readonly counts: { recipients: number; handedOver: number }[] = [];
  choice: SourceChoice = { kind: 'leaves', source: SOURCE };

  get chooser() {
    return {
      ...systemSource,
      choose: (mail: LeavingMail) => {
        this.asked.push(mail);
        return this.choice;
      },
      ended: (_source: Source, _provider: string, counts: { recipients: number; handedOver: number }) => {
        this.counts.push(counts);
      },
    };
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
  sources.choice = { kind: 'leaves', source: { ...SOURCE, addresses: ['192.0.2.250'] } };
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
  expect(sources.counts).toEqual([{ recipients: 3, handedOver: 2 }]);
});

test('mail waits for a source until one may send, and what waits for tokens goes on when they are there', async () => {
  const sources = new FakeSources();
  await using world = new World({}, { sources: sources.chooser });
  sources.choice = {
    kind: 'wait',
    untilMs: world.clock.now() + 3_600_000,
    limited: false,
    text: 'the ceiling of the day is reached',
  };
  await world.submit({ to: ['b@late.test'] });
  await world.clock.advance(0);
  expect(world.spool.of('b@late.test')).toMatchObject({ state: 'queued', claimed: false });
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  sources.choice = { kind: 'ask-again', when: promise };
  await world.submit({ to: ['b@one.test', 'b@two.test'] });
  await world.clock.advance(1_000);
  expect(world.remotes.connects).toEqual([]);
  sources.choice = { kind: 'leaves', source: SOURCE };
  resolve();
  await world.clock.advance(0);
  expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'b@two.test']);
  await world.clock.advance(3_600_000);
  expect(world.remotes.taken).toContain('b@late.test');
});
