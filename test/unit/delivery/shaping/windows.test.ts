/** Windows of messages by property: whoever asks, however often and whenever, no stretch has more than the limit. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeasedWindow } from '../../../../src/delivery/shaping/leased-window.ts';
import { SecondWindow } from '../../../../src/delivery/shaping/second-window.ts';
import { OwnedPromises } from '../../../../src/platform/lifecycle.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { MemoryWindows } from '../support/memory-windows.ts';
import { mostWithin } from '../support/shaped-world.ts';

const ABOUT = { words: 'a limit', ofSender: false };

test('no second has more than the limit, and none is refused that may go', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }),
      (limit, nodes, steps) => {
        const window = new SecondWindow(ABOUT, limit, () => nodes);
        const begun: { atMs: number }[] = [];
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step;
          const windowMs = nodes > limit ? (1_000 * nodes) / limit : 1_000;
          const part = Math.max(1, Math.floor(limit / nodes));
          const inWindow = begun.filter(({ atMs }) => atMs > nowMs - windowMs).length;
          const may = window.waitMs(nowMs) === 0;
          expect(may).toBe(inWindow < part);
          if (!may) continue;
          window.take(nowMs);
          begun.push({ atMs: nowMs });
        }
        expect(mostWithin(begun, 1_000)).toBeLessThanOrEqual(Math.max(1, Math.floor(limit / nodes)));
      },
    ),
  );
});

test('no window of the store has more than the limit, with nodes that end and clocks that are set back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(
        fc.record({
          stepMs: fc.integer({ min: 0, max: 20_000 }),
          node: fc.integer({ min: 0, max: 2 }),
          tries: fc.integer({ min: 1, max: 30 }),
          event: fc.constantFrom('send', 'send', 'send', 'restart', 'give-back'),
        }),
        { maxLength: 60 },
      ),
      async (limit, steps) => {
        const clock = new VirtualClock();
        const writer = new MemoryWindows();
        const make = () =>
          new LeasedWindow(
            { ...ABOUT, bucket: 'b', windowMs: 60_000, limit },
            {
              ...{ writer, clock, log: silentLog, onAnswer: () => undefined },
              background: new OwnedPromises((bug) => {
                throw bug;
              }),
            },
          );
        const nodes = [make(), make(), make()];
        const begun: { atMs: number }[] = [];
        for (const { stepMs, node, tries, event } of steps) {
          await clock.advance(stepMs);
          const window = nodes[node] ?? make();
          if (event === 'restart') nodes[node] = make();
          if (event === 'give-back') {
            const unused = window.takeUnused(false);
            if (unused !== undefined) await writer.returnTokens([unused]);
          }
          for (let i = 0; event === 'send' && i < tries; i++) {
            const nowMs = clock.monotonic();
            if (window.waitMs(nowMs, tries) === 0) {
              window.take(nowMs);
              begun.push({ atMs: nowMs });
            } else await clock.advance(0);
          }
        }
        expect(mostWithin(begun, 60_000)).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 200 },
  );
});

test('tokens that went back are there for the next that asks', async () => {
  const clock = new VirtualClock();
  const writer = new MemoryWindows();
  const background = new OwnedPromises((bug) => {
    throw bug;
  });
  const window = new LeasedWindow(
    { ...ABOUT, bucket: 'b', windowMs: 3_600_000, limit: 30 },
    { writer, clock, log: silentLog, onAnswer: () => undefined, background },
  );
  const ask = async (wanting: number): Promise<number> => {
    window.waitMs(clock.monotonic(), wanting);
    await clock.advance(0);
    return window.waitMs(clock.monotonic(), wanting);
  };
  expect(await ask(2)).toBe(0);
  for (let count = 0; count < 2; count++) window.take(clock.monotonic());
  await clock.advance(90_000);
  // More wants to go than is left: the store gives that, and says when there is more.
  expect(await ask(40)).toBe(0);
  window.take(clock.monotonic());
  await clock.advance(15_000);
  const unused = window.takeUnused(false);
  expect(unused?.count).toBe(27);
  if (unused !== undefined) await writer.returnTokens([unused]);
  expect(await ask(40)).toBe(0);
});

test('a node that is alone keeps its tokens until they are void', async () => {
  const clock = new VirtualClock();
  const background = new OwnedPromises((bug) => {
    throw bug;
  });
  const window = new LeasedWindow(
    { ...ABOUT, bucket: 'b', windowMs: 86_400_000, limit: 300 },
    {
      writer: new MemoryWindows(),
      clock,
      log: silentLog,
      onAnswer: () => undefined,
      background,
      nodes: () => 1,
    },
  );
  window.waitMs(clock.monotonic(), 5);
  await clock.advance(60_000);
  expect(window.takeUnused(false)).toBeUndefined();
  expect(window.waitMs(clock.monotonic(), 5)).toBe(0);
  await clock.advance(30 * 60_000);
  expect(window.takeUnused(false)?.count).toBe(5);
});

/** Two nodes that share a limit of a window; the first always asks before the other. Returns what each sent in so many windows. */
async function sharedBy(
  windowMs: number,
  limit: number,
  wants: readonly [number, number],
  windows = 10,
): Promise<readonly [number, number]> {
  const clock = new VirtualClock();
  const writer = new MemoryWindows();
  const background = new OwnedPromises((bug) => {
    throw bug;
  });
  const make = () =>
    new LeasedWindow(
      { ...ABOUT, bucket: 'b', windowMs, limit },
      { writer, clock, log: silentLog, onAnswer: () => undefined, background, nodes: () => 2 },
    );
  const nodes = wants.map((waiting) => ({ window: make(), waiting, sent: 0 }));
  const stepMs = windowMs / 600;
  for (let step = 0; step < 600 * windows; step++) {
    for (const node of nodes) {
      if (node.waiting === 0) continue;
      node.window.waitMs(clock.monotonic(), node.waiting);
      await clock.advance(0);
      for (; node.window.waitMs(clock.monotonic(), node.waiting) === 0; node.sent++)
        node.window.take(clock.monotonic());
      await clock.advance(0);
    }
    await clock.advance(stepMs);
  }
  return nodes.map(({ sent }) => sent) as [number, number];
}

test.each([60_000, 3_600_000, 86_400_000])(
  'of several nodes none takes all of a window of %d ms from the others',
  async (windowMs) => {
    for (const wants of [
      [500, 500],
      [500, 20],
    ] as const) {
      const [first, second] = await sharedBy(windowMs, 100, wants);
      expect(first + second).toBeGreaterThanOrEqual(800);
      expect(second).toBeGreaterThanOrEqual(350);
    }
  },
);

test.each([60_000, 3_600_000])('what others do not want of %d ms one node has', async (windowMs) => {
  const [first] = await sharedBy(windowMs, 100, [500, 0]);
  expect(first).toBeGreaterThanOrEqual(900);
});
