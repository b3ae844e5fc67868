/** A limit of connections that grows by itself: who waits for one has it then, though none of the others has ended. */
import { expect, test } from 'vitest';
import type { AutomaticLimits } from '../../../../src/delivery/shaping/automatic-limits.ts';
import { NO_AUTOMATIC_LIMITS } from '../../../../src/delivery/shaping/automatic-limits.ts';
import type { AutomaticLimit } from '../../../../src/policy/shaping/automatic-limit.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { World } from '../support/world.ts';

const MX = World.addressOf('dest.test');
const STEP_MS = 10_000;

/** One connection until the step, then as `afterwards` says; nobody tells that it has come. */
function untilAStep(clock: VirtualClock, afterwards: Partial<AutomaticLimit> | undefined): AutomaticLimits {
  const atMs = clock.now();
  const limit: AutomaticLimit = {
    ...{ subject: 'mx.dest.test', source: undefined, action: 'slow', step: 2, perMinute: undefined },
    ...{ connections: 1, atMs, changedAtMs: atMs, untilMs: atMs + STEP_MS, times: 1 },
    ...{ rule: 'busy', reply: '', destination: 'dest.test' },
  };
  const next = afterwards && { ...limit, step: 1, untilMs: atMs + 10 * STEP_MS, ...afterwards };
  return { ...NO_AUTOMATIC_LIMITS, of: (_place, nowMs) => (nowMs < limit.untilMs ? limit : next) };
}

test.each([
  ['falls by a step', { connections: 2 }],
  ['is over', undefined],
])('when a limit that the relay set itself %s', async (_what, afterwards) => {
  const clock = new VirtualClock();
  await using world = new World({}, { automaticLimits: untilAStep(clock, afterwards) }, clock);
  world.remotes.behave(MX, { tls: 'TLSv1.3', transactionMs: 10 * STEP_MS });
  await world.submit({ to: ['plain@dest.test'] });
  await world.submit({ to: ['tls@dest.test'], facts: { requireTls: true } });
  await clock.advance(STEP_MS - 1);
  expect(world.remotes.connectsTo(MX)).toBe(1);
  await clock.advance(1_000);
  expect(world.remotes.connectsTo(MX)).toBe(2);
});
