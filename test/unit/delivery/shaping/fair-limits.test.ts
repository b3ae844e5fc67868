/** Who goes next of those that share a limit: all of them by turns, whatever their site and account, and bulk after the rest. */
import { describe, expect, test } from 'vitest';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import type { AutomaticLimits } from '../../../../src/delivery/shaping/automatic-limits.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { source } from '../support/routes.ts';
import { MINUTE_MS, ShapedWorld } from '../support/shaped-world.ts';
import { HOUR_MS, route } from '../support/world.ts';

const DOMAINS = 20;
const CONNECT_MS = 300;

interface Setting {
  /** Rules, as an operator has them. */
  readonly rules?: string;
  /** Messages a minute that the relay set itself for the provider. */
  readonly automatic?: number;
  /** `d0.test` ... are at so many sites of one provider. */
  readonly sites: number;
  /** From a source: each delivery has a time of its own where it waits. */
  readonly fromSource?: boolean;
}

/** One way out, from an address of its own. */
const fromSource = {
  sources: {
    isEmpty: false,
    choose: () => ({ kind: 'leaves', source: source('out', '192.0.2.250') }) as const,
    ended: () => undefined,
    refused: () => undefined,
    taken: () => undefined,
  },
};

async function openWorld({ rules = '', automatic, sites, fromSource: isFromSource = false }: Setting) {
  const [limits, clock] = [new MemoryLimits(), new VirtualClock()];
  const nowMs = clock.now();
  const sourceName = isFromSource ? 'out' : undefined;
  if (automatic !== undefined)
    limits.limits.set(`google ${sourceName ?? ''}`, {
      ...{ subject: 'google', source: sourceName, action: 'slow', step: 5, perMinute: automatic },
      ...{ connections: 4, atMs: nowMs, changedAtMs: nowMs, untilMs: nowMs + 30 * HOUR_MS, times: 1 },
      ...{ rule: 'busy', reply: '', destination: 'd0.test' },
    });
  const onBug = (error: unknown) => expect(error).toBeUndefined();
  const facts = { reader: limits, writer: limits, replies: () => [] };
  const opened = await openLimits({ ...facts, clock, log: silentLog, onBug });
  const settings: { automaticLimits?: AutomaticLimits } = automatic === undefined ? {} : opened;
  const world = new ShapedWorld(rules, {}, { ...settings, ...(isFromSource && fromSource) }, clock);
  for (let site = 0; site < sites; site++)
    world.remotes.behave(`192.0.2.${String(site)}`, { connectMs: CONNECT_MS, transactionMs: 20 });
  for (let i = 0; i < DOMAINS; i++) {
    const site = String(i % sites);
    world.routes.set(`d${String(i)}.test`, route(`mx${site}.google.test`, [`192.0.2.${site}`]));
  }
  return {
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await opened.stop();
    },
  };
}

async function submit(world: ShapedWorld, each: number, accounts = ['acc_1']): Promise<void> {
  for (let i = 0; i < each; i++)
    for (let d = 0; d < DOMAINS; d++)
      for (const account of accounts)
        await world.submit({ to: [`${account}-${String(i)}@d${String(d)}.test`], account });
}

function sharesOf(world: ShapedWorld): number[] {
  return Array.from({ length: DOMAINS }, (_one, d) => world.takenAt(`d${String(d)}.test`));
}

/** The most of any, for one of another. */
function spreadOf(shares: readonly number[]): number {
  return Math.max(...shares) / Math.min(...shares);
}

const google = (figures: string) => `[[rule]]\nname = "g"\nmatch = { provider = "google" }\n${figures}`;

const LIMITS: [string, Omit<Setting, 'sites'>, hours: number, capacity: number][] = [
  ['an automatic limit of one a minute', { automatic: 1 }, 3, 180],
  ['an automatic limit of six a minute', { automatic: 6 }, 0.5, 180],
  ['an automatic limit of sixty a minute', { automatic: 60 }, 4 / 60, 240],
  // Here each one has to open a connection first, in its second.
  [
    'a rule of one a second',
    { rules: google('messages_per_second = 1') },
    4 / 60,
    240 / (1 + CONNECT_MS / 1_000),
  ],
  ['a rule of six a minute', { rules: google('messages_per_minute = 6') }, 0.5, 175],
  ['a rule of 120 an hour', { rules: google('messages_per_hour = 120') }, 3, 350],
  [
    'a rule of an account',
    { rules: '[[rule]]\nname = "a"\nmatch = { account = "acc_1" }\nmessages_per_minute = 6' },
    0.5,
    175,
  ],
  [
    'new connections a minute',
    { rules: google('connections_per_minute = 6\nmessages_per_connection = 1') },
    0.5,
    175,
  ],
  [
    'connections at once',
    { rules: google('connections = 1\nmessages_per_connection = 1\nmessages_per_second = 1') },
    5 / 60,
    240,
  ],
];

describe.each([20, 4])('twenty domains at %d sites', (sites) => {
  test.each(LIMITS)('share %s evenly, and use it', async (_what, setting, hours, capacity) => {
    // A site has connections, whatever its domains.
    if (sites < DOMAINS && setting.rules?.includes('connections') === true) return;
    await using scene = await openWorld({ ...setting, sites });
    const { world } = scene;
    await submit(world, 30);
    await world.clock.advance(hours * HOUR_MS);
    const shares = sharesOf(world);
    expect(spreadOf(shares)).toBeLessThanOrEqual(2);
    expect(shares.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(0.9 * capacity);
  });
});

test.each([1, 6])('from a source: an automatic limit of %d a minute is shared evenly', async (automatic) => {
  await using scene = await openWorld({ automatic, sites: 20, fromSource: true });
  const { world } = scene;
  await submit(world, 30);
  const minutes = 180 / automatic;
  await world.clock.advance(minutes * MINUTE_MS);
  const shares = sharesOf(world);
  expect(spreadOf(shares)).toBeLessThanOrEqual(2);
  expect(shares.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(160);
});

describe('whoever has a connection', () => {
  test.each([6, 20])(
    'leaves every other slot of %d a minute to one that has to open one',
    async (automatic) => {
      await using scene = await openWorld({ automatic, sites: 20 });
      const { world } = scene;
      await world.submitMany(200, 'd0.test');
      await world.clock.advance(MINUTE_MS);
      for (let i = 0; i < 5; i++) {
        const before = world.takenAt('d0.test');
        await world.submitMany(1, 'd1.test', 'acc_1', `late${String(i)}-`);
        await world.clock.advance(3 * (MINUTE_MS / automatic));
        expect(world.takenAt('d1.test')).toBe(i + 1);
        expect(world.takenAt('d0.test')).toBeGreaterThan(before);
      }
    },
  );

  test('does not wait for one that cannot be reached', async () => {
    await using scene = await openWorld({ automatic: 6, sites: 20 });
    const { world } = scene;
    for (let site = 1; site < 20; site++)
      world.remotes.behave(`192.0.2.${String(site)}`, {
        connectMs: 30_000,
        refuse: { stage: 'connect', reply: undefined, text: 'connection timed out' },
      });
    await submit(world, 30);
    await world.submitMany(170, 'd0.test', 'acc_1', 'more');
    // Each of the others is tried once before its turns are not waited for.
    await world.clock.advance(10 * MINUTE_MS);
    const before = world.takenAt('d0.test');
    await world.clock.advance(20 * MINUTE_MS);
    expect(world.takenAt('d0.test') - before).toBeGreaterThanOrEqual(0.85 * 120);
  });
});

describe('what goes first', () => {
  test('bulk of many domains leaves three of four turns to other mail, and has the fourth', async () => {
    await using scene = await openWorld({ automatic: 6, sites: 20 });
    const { world } = scene;
    for (let i = 0; i < 30; i++)
      for (let d = 1; d < DOMAINS; d++)
        await world.submit({ to: [`bulk-${String(i)}@d${String(d)}.test`], bulk: true });
    await world.clock.advance(10 * MINUTE_MS);
    await world.submitMany(200, 'd0.test');
    await world.clock.advance(20 * MINUTE_MS);
    expect(world.takenAt('d0.test')).toBeGreaterThanOrEqual(80);
    expect(world.takenAt('d0.test')).toBeLessThanOrEqual(92);
  });

  test('within a domain the oldest does, also after many waits in the store', async () => {
    await using scene = await openWorld({ automatic: 2, sites: 20 });
    const { world } = scene;
    await submit(world, 5);
    await world.clock.advance(2 * HOUR_MS);
    for (let d = 0; d < DOMAINS; d++) {
      const taken = world.remotes.taken.filter((one) => one.endsWith(`@d${String(d)}.test`));
      expect(taken).toEqual([0, 1, 2, 3, 4].map((i) => `acc_1-${String(i)}@d${String(d)}.test`));
    }
  });

  test('an account with mail for many domains leaves half of a domain to another account', async () => {
    await using scene = await openWorld({ automatic: 6, sites: 20 });
    const { world } = scene;
    await submit(world, 20);
    for (let i = 0; i < 20; i++) await world.submit({ to: [`acc_2-${String(i)}@d0.test`], account: 'acc_2' });
    await world.clock.advance(60 * MINUTE_MS);
    const ofOther = world.remotes.taken.filter((one) => one.startsWith('acc_2'));
    expect(ofOther.length).toBeGreaterThanOrEqual(0.8 * (360 / 21));
  });
});

describe('a slot is used although the one whose turn it is was held meanwhile', () => {
  test.each([1, 6])('%d a minute', async (automatic) => {
    await using scene = await openWorld({ automatic, sites: 20 });
    const { world } = scene;
    await submit(world, 30);
    await world.clock.advance((60 / automatic) * MINUTE_MS);
    const before = world.remotes.taken.length;
    for (const one of world.spool.deliveries)
      if (Number(/@d(\d+)/.exec(one.recipient)?.[1]) % 2 === 1 && one.state !== 'delivered') {
        if (one.claimed) world.spool.recall(one);
        else Object.assign(one, { state: 'held', dueAtMs: undefined });
      }
    await world.clock.advance((120 / automatic) * MINUTE_MS);
    // At most one slot of each is lost.
    expect(world.remotes.taken.length - before).toBeGreaterThanOrEqual(120 - 12);
  });
});
