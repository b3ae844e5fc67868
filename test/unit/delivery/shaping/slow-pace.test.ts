/** Where a site may have so few messages that each one waits in the store for the next: what may go goes, all the same. */
import { describe, expect, test } from 'vitest';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { MINUTE_MS, ShapedWorld } from '../support/shaped-world.ts';
import { HOUR_MS, route, World } from '../support/world.ts';

const MINUTES = 40;

async function limitedTo(perMinute: number) {
  const [limits, clock] = [new MemoryLimits(), new VirtualClock()];
  const nowMs = clock.now();
  limits.limits.set('mx.site.test ', {
    ...{ subject: 'mx.site.test', source: undefined, action: 'slow', step: 5, perMinute, connections: 4 },
    ...{ atMs: nowMs, changedAtMs: nowMs, untilMs: nowMs + 5 * HOUR_MS, times: 1 },
    ...{ rule: 'busy', reply: '', destination: 'd0.test' },
  });
  const onBug = (error: unknown) => expect(error).toBeUndefined();
  const facts = { reader: limits, writer: limits, replies: () => [] };
  const opened = await openLimits({ ...facts, clock, log: silentLog, onBug });
  const world = new World({}, opened, clock);
  return {
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await opened.stop();
    },
  };
}

/** Of so many domains at one site, 400 messages in all. */
async function submitAll(world: World, domains: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const domain = `d${i % domains}.test`;
    world.routes.set(domain, route('mx.site.test', ['192.0.2.5']));
    await world.submit({ to: [`${i}@${domain}`] });
  }
}

function leastOf(world: World, domains: number): number {
  const counts = Array.from({ length: domains }, (_one, d) => {
    return world.remotes.taken.filter((one) => one.endsWith(`@d${d}.test`)).length;
  });
  return Math.min(...counts);
}

test('of a destination that has waited a few are claimed, not as many as there might be room for', async () => {
  await using world = new ShapedWorld('[[rule]]\nname = "a"\nmessages_per_hour = 30');
  await submitAll(world, 10);
  const claims = () => world.spool.deliveries.reduce((sum, { fence }) => sum + fence, 0);
  await world.clock.advance(MINUTE_MS);
  const before = { claims: claims(), taken: world.remotes.taken.length };
  await world.clock.advance(5 * HOUR_MS);
  const taken = world.remotes.taken.length - before.taken;
  expect(taken).toBeGreaterThanOrEqual(4 * 30);
  // Each of ten destinations is looked at every ten minutes.
  expect(claims() - before.claims).toBeLessThan(10 * 31 * 10);
  for (const { few } of world.spool.claimCalls) expect(few?.destinations.length ?? 0).toBeLessThanOrEqual(10);
});

describe.each([1, 20])('of %d domains at one site', (domains) => {
  test.each([3, 5])(
    'an automatic limit of %d a minute is used in full, by all of them',
    async (perMinute) => {
      await using scene = await limitedTo(perMinute);
      const { world } = scene;
      await submitAll(world, domains);
      await world.clock.advance(MINUTES * MINUTE_MS);
      expect(world.remotes.taken.length).toBeGreaterThanOrEqual(MINUTES * perMinute);
      expect(world.remotes.taken.length).toBeLessThanOrEqual(MINUTES * perMinute + 1);
      expect(leastOf(world, domains)).toBeGreaterThanOrEqual(5);
    },
  );

  test.each([3, 5])('a rule of %d a minute is used, nearly in full, by all of them', async (perMinute) => {
    await using world = new ShapedWorld(`[[rule]]\nname = "a"\nmessages_per_minute = ${String(perMinute)}`);
    await submitAll(world, domains);
    await world.clock.advance(MINUTES * MINUTE_MS);
    expect(world.remotes.taken.length).toBeGreaterThanOrEqual(0.9 * MINUTES * perMinute);
    expect(world.remotes.taken.length).toBeLessThanOrEqual(MINUTES * perMinute);
    expect(leastOf(world, domains)).toBeGreaterThanOrEqual(1);
  });
});
