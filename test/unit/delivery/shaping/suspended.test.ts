/** What an operator suspends while delivery has mail in its hands. */
import { expect, test } from 'vitest';
import { Suspended } from '../../../../src/delivery/shaping/suspended.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { Suspension } from '../../../../src/store/shaping.ts';
import { PoolChooser } from '../../../../src/delivery/source/pool-chooser.ts';
import type { Source } from '../../../../src/policy/egress/source.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { World } from '../support/world.ts';

function suspending() {
  const rows: Suspension[] = [];
  const suspended = new Suspended({ reader: { suspensions: async () => rows }, log: silentLog });
  const suspend = async (kind: Suspension['kind'], subject: string) => {
    rows.push({ kind, subject, atMs: 1, untilMs: undefined, reason: undefined, actor: 'cli' });
    await suspended.refresh();
  };
  return { rows, suspended, suspend };
}

test.each([
  ['destination', 'r.test'],
  ['account', 'acc_1'],
] as const)(
  'queued mail of a suspended %s goes back to the store, untried, and the rest goes on',
  async (kind, subject) => {
    const { suspended, suspend } = suspending();
    await using world = new World({ maxConnectionsPerSite: 1, firstConnectionsPerSite: 1 }, { suspended });
    for (const name of ['r.test', 'other.test'])
      world.remotes.behave(World.addressOf(name), { transactionMs: 1_000 });
    for (let i = 0; i < 10; i++) await world.submit({ to: [`${i}@r.test`] });
    await world.submit({ to: ['b@other.test'], account: 'acc_2' });
    await world.clock.advance(2_500);
    expect(world.remotes.taken).toContain('b@other.test');
    const takenBefore = world.remotes.taken.filter((address) => address.endsWith('@r.test')).length;
    await suspend(kind, subject);
    await world.clock.advance(30_000);
    const taken = world.remotes.taken.filter((address) => address.endsWith('@r.test')).length;
    // What was under way ended by itself.
    expect(taken).toBeLessThanOrEqual(takenBefore + 1);
    const left = world.spool.deliveries.filter(({ state }) => state === 'queued');
    expect(left.length).toBe(10 - taken);
    expect(left.every(({ attempts, history }) => attempts === 0 && history.length === 0)).toBe(true);
  },
);

test('what the store hands out after a resume goes at once, though nobody has looked since', async () => {
  const { rows, suspended, suspend } = suspending();
  await using world = new World({}, { suspended });
  await suspend('destination', 'r.test');
  rows.length = 0;
  await world.submit({ to: ['a@r.test'] });
  await world.clock.advance(100);
  expect(world.remotes.taken).toEqual(['a@r.test']);
});

test('a store that cannot be read ends no suspension', async () => {
  const { rows, suspended, suspend } = suspending();
  await suspend('source', 'out-1');
  const broken = new Suspended({
    reader: {
      suspensions: () => (rows.length > 0 ? Promise.resolve(rows) : Promise.reject(new Error('locked'))),
    },
    log: silentLog,
  });
  await broken.refresh();
  rows.length = 0;
  await broken.refresh();
  expect(broken.source('out-1')).toBeDefined();
  await suspended.refresh();
  expect(suspended.source('out-1')).toBeUndefined();
});

const SOURCE: Source = {
  ...{ name: 'out-1', addresses: ['192.0.2.250'], hostname: 'out-1.relay.test', pool: 'default', weight: 1 },
  ...{ clientCertificate: undefined, hop: undefined, warmUp: undefined },
};

test.each(['the same relay', 'another one'])(
  'mail of a suspended source says what it waits for, and goes as soon as that is resumed: %s',
  async (who) => {
    const { rows, suspended, suspend } = suspending();
    await suspend('source', 'out-1');
    const clock = new VirtualClock();
    const sources = new PoolChooser({
      ...{ config: { sources: [SOURCE] }, plans: () => [], suspended, clock, log: silentLog },
      ...{ reader: { sourceLimits: async () => [] } as never, writer: {} as never },
      onBug: (error) => {
        throw error;
      },
    });
    await using world = new World({}, { suspended, sources }, clock);
    for (let i = 0; i < 10; i++) await world.submit({ to: [`${i}@r.test`] });
    await clock.advance(1_000);
    expect(world.spool.of('3@r.test').waitsFor).toBe('source out-1: suspended by an operator');
    if (who === 'another one') world.crash();
    await clock.advance(1_000);
    rows.length = 0;
    await suspended.refresh();
    await clock.advance(1_000);
    expect(world.remotes.taken).toHaveLength(10);
    await sources.stop();
  },
);
