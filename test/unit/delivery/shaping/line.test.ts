/** The order of what waits for a limit, by property: flows take turns, bulk has one of four, nobody is passed over, room is used. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOLD_MS, LATE_MS, Line, MOST_TICKETS, type Waiter } from '../../../../src/delivery/shaping/line.ts';
import type { RateLimit } from '../../../../src/delivery/shaping/rate-limit.ts';
import { TicketQueue } from '../../../../src/delivery/shaping/ticket-queue.ts';
import { turnOf } from '../../../../src/delivery/shaping/turn.ts';

/** One at a time, so far apart. */
class Spaced implements RateLimit {
  readonly words = 'a limit';
  readonly ofSender = false;
  readonly isOff = false;
  readonly line = new Line();
  readonly #spacingMs: number;
  #freeAtMs: number;

  constructor(spacingMs: number, firstAtMs = 0) {
    this.#spacingMs = spacingMs;
    this.#freeAtMs = firstAtMs;
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }
  roomForMs(nowMs: number, count: number): number {
    return count <= 1 ? this.waitMs(nowMs) : Infinity;
  }
  turnMs(nowMs: number, before: number): number {
    return this.waitMs(nowMs) + before * this.#spacingMs;
  }
  take(nowMs: number): void {
    this.#freeAtMs = Math.max(this.#freeAtMs + this.#spacingMs, nowMs + this.#spacingMs / 2);
  }
}

interface Asking extends Waiter {
  readonly id: number;
  readonly limits: readonly RateLimit[];
  readonly connectMs: number;
  /** It opens its connection until then. */
  opensUntilMs: number | undefined;
  askAtMs: number;
}

/** Waiters that ask when they were told to, as sites do, on a clock of its own. */
class Scene {
  nowMs = 0;
  readonly waiting = new Map<number, Asking>();
  readonly begun: {
    readonly id: number;
    readonly flow: string;
    readonly bulk: boolean;
    readonly atMs: number;
  }[] = [];
  #ids = 0;

  /** Returns its id. */
  arrives(
    flow: string,
    limits: readonly RateLimit[],
    { bulk = false, connectMs = 0 }: { bulk?: boolean; connectMs?: number } = {},
  ): number {
    const id = this.#ids++;
    const callIn = (waitMs: number) => {
      const one = this.waiting.get(id);
      if (one !== undefined) one.askAtMs = Math.min(one.askAtMs, this.nowMs + waitMs);
    };
    const site = { idleConnections: connectMs === 0 ? 1 : 0, failing: false, callIn };
    const one = { id, flow, bulk, site, limits, connectMs, opensUntilMs: undefined, askAtMs: this.nowMs };
    this.waiting.set(id, one);
    return id;
  }

  /** Goes on until then; `onBegun` is told of each that begins. */
  runUntil(endMs: number, onBegun: (one: Asking) => void = () => undefined): void {
    for (;;) {
      const next = [...this.waiting.values()].reduce<Asking | undefined>(
        (first, one) => (first === undefined || one.askAtMs < first.askAtMs ? one : first),
        undefined,
      );
      if (next === undefined || next.askAtMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, next.askAtMs);
      if (this.#ask(next)) onBegun(next);
    }
    this.nowMs = endMs;
  }

  #ask(one: Asking): boolean {
    const wait = turnOf(one.limits, one, this.nowMs, 1);
    if (wait.ms > 0) {
      expect(wait.lookMs).toBeGreaterThan(0);
      one.askAtMs = this.nowMs + wait.lookMs;
      return false;
    }
    one.opensUntilMs ??= this.nowMs + one.connectMs;
    if (this.nowMs < one.opensUntilMs) {
      one.askAtMs = one.opensUntilMs;
      return false;
    }
    this.waiting.delete(one.id);
    for (const limit of one.limits) {
      expect(limit.waitMs(this.nowMs, 1)).toBe(0);
      limit.take(this.nowMs);
      limit.line.took(one);
    }
    this.begun.push({ id: one.id, flow: one.flow, bulk: one.bulk, atMs: this.nowMs });
    return true;
  }

  countOf(flow: string): number {
    return this.begun.filter((one) => one.flow === flow).length;
  }
}

test('flows that always have something take turns, each in its own order, however much the others have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 100, max: 20_000 }),
      fc.array(fc.nat({ max: 1_900 }), { minLength: 8, maxLength: 8 }),
      (inHand, spacingMs, connectMs) => {
        // All of them wait before the first may go: none has a turn that nobody else wanted.
        const [scene, limit] = [new Scene(), new Spaced(spacingMs, spacingMs)];
        const arrives = (i: number) =>
          scene.arrives(String(i), [limit], { connectMs: Math.min(connectMs[i] ?? 0, spacingMs / 4) });
        for (const [i, count] of inHand.entries()) for (let n = 0; n < count; n++) arrives(i);
        scene.runUntil(inHand.length * 10 * spacingMs, ({ flow }) => arrives(Number(flow)));
        const counts = inHand.map((_count, i) => scene.countOf(String(i)));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const flow of inHand.keys()) {
          const ids = scene.begun.filter((one) => one.flow === String(flow)).map(({ id }) => id);
          expect(ids).toEqual(ids.toSorted((a, b) => a - b));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('nobody waits longer than one turn of each other flow for each before it in its own, whenever they come', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ flow: fc.integer({ min: 0, max: 4 }), gapMs: fc.integer({ min: 0, max: 3_000 }) }),
        {
          minLength: 1,
          maxLength: 60,
        },
      ),
      (arrivals) => {
        const [scene, limit] = [new Scene(), new Spaced(1_000)];
        const joined = new Map<number, { readonly turns: number; readonly begun: number }>();
        for (const { flow, gapMs } of arrivals) {
          scene.runUntil(scene.nowMs + gapMs);
          const before = [...scene.waiting.values()].filter((one) => one.flow === String(flow)).length;
          const id = scene.arrives(String(flow), [limit]);
          joined.set(id, { turns: (before + 2) * 5, begun: scene.begun.length });
        }
        scene.runUntil(scene.nowMs + 100_000);
        expect(scene.waiting.size).toBe(0);
        for (const [at, { id }] of scene.begun.entries()) {
          const { turns = 0, begun = 0 } = joined.get(id) ?? {};
          expect(at - begun).toBeLessThanOrEqual(turns);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('bulk has one turn of four while other mail waits, and all of them while none does', () => {
  const [scene, limit] = [new Scene(), new Spaced(1_000)];
  for (let i = 0; i < 10; i++) scene.arrives(`news ${String(i)}`, [limit], { bulk: true });
  scene.runUntil(3_500);
  expect(scene.begun).toHaveLength(4);
  for (let i = 0; i < 3; i++) scene.arrives('shop', [limit]);
  scene.runUntil(203_500, ({ flow, bulk }) => scene.arrives(flow, [limit], { bulk }));
  const later = scene.begun.slice(4);
  expect(later).toHaveLength(200);
  expect(later.filter(({ bulk }) => bulk)).toHaveLength(50);
});

describe('room does not stay unused', () => {
  test('for longer than it takes to see that those before do not come, or do not begin', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('goes', 'hangs', 'leaves'), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 4_000, max: 10_000 }),
        (others, spacingMs) => {
          const [scene, limit] = [new Scene(), new Spaced(spacingMs)];
          const ids = others.map((what, i) =>
            scene.arrives(`d${String(i)}`, [limit], { connectMs: what === 'hangs' ? 1e9 : 0 }),
          );
          scene.runUntil(0);
          for (const [i, what] of others.entries()) if (what === 'leaves') scene.waiting.delete(ids[i] ?? -1);
          scene.arrives('last', [limit]);
          const hanging = others.filter((what) => what === 'hangs').length;
          const going = others.filter((what) => what === 'goes').length;
          // Each that hangs is waited for once, each that left not at all but for the moment in which it was expected.
          const lostMs = (hanging + 1) * (HOLD_MS + LATE_MS);
          scene.runUntil((going + 1) * spacingMs + lostMs);
          expect(scene.countOf('last')).toBe(1);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('while one of a flow that is out of reach is before', () => {
    const [scene, limit] = [new Scene(), new Spaced(10_000)];
    const id = scene.arrives('dead', [limit], { connectMs: 1e9 });
    Object.assign(scene.waiting.get(id)?.site ?? {}, { failing: true });
    scene.runUntil(0);
    scene.arrives('works', [limit]);
    scene.runUntil(0);
    expect(scene.countOf('works')).toBe(1);
  });
});

test.each([0, 2_500, 5_000])(
  'who waits for two limits is not passed over by those that wait for one, %d ms apart',
  (apart) => {
    const scene = new Scene();
    const [one, other] = [new Spaced(10_000), new Spaced(10_000, apart)];
    for (let i = 0; i < 3; i++) {
      scene.arrives(`one ${String(i)}`, [one]);
      scene.arrives(`other ${String(i)}`, [other]);
    }
    scene.arrives('both', [one, other]);
    const limitsOf = (flow: string) =>
      flow === 'both' ? [one, other] : flow.startsWith('one') ? [one] : [other];
    scene.runUntil(600_000, ({ flow }) => scene.arrives(flow, limitsOf(flow)));
    expect(scene.countOf('both')).toBeGreaterThanOrEqual(6);
    expect(scene.begun.length).toBeGreaterThanOrEqual(75);
  },
);

describe('what is in the store', () => {
  const site = { idleConnections: 1, failing: false, callIn: () => undefined };
  const waiter = (id: number): Waiter => ({ id, flow: `d${String(id)}`, bulk: false, site });

  test('keeps its place: whoever came later goes after it, also where it comes back in between', () => {
    const limit = new Spaced(60_000, 60_000);
    const ids = Array.from({ length: 10 }, (_one, id) => id);
    const told = ids.map((id) => turnOf([limit], waiter(id), 0, 1).ms);
    expect(told).toEqual(ids.map((id) => 60_000 * (id + 1)));
    for (const id of ids) limit.line.putOff(id, Math.min(60_000 * (id + 1), 300_000));
    limit.take(60_000);
    limit.line.took(waiter(0));
    expect(turnOf([limit], waiter(100), 60_000, 1).ms).toBe(10 * 60_000);
    // The next three did not come back, and are before nobody any more.
    expect(turnOf([limit], waiter(9), 300_000, 1).ms).toBe(5 * 60_000);
  });

  test('is forgotten when it does not come back', () => {
    const limit = new Spaced(60_000);
    for (let id = 0; id < 10; id++) {
      limit.line.join(waiter(id), 0);
      limit.line.putOff(id, 1_000);
    }
    expect(limit.line.isIdle(1_000)).toBe(false);
    expect(limit.line.isIdle(60_000)).toBe(true);
  });

  test('is called where nobody uses the room, the first of them first', () => {
    const limit = new Spaced(60_000, 60_000);
    const called: number[] = [];
    for (let id = 0; id < 3; id++) {
      turnOf([limit], waiter(id), 0, 1);
      limit.line.putOff(id, 60_000 * (id + 1), () => called.push(id));
    }
    // The first is expected, and does not come.
    expect(limit.line.isUsed(60_000)).toBe(true);
    expect(limit.line.isUsed(64_000)).toBe(false);
    limit.line.callNext(64_000);
    expect(called).toEqual([1]);
    expect(limit.line.isUsed(64_000)).toBe(true);
    expect(turnOf([limit], waiter(1), 64_100, 1).ms).toBe(0);
  });

  test('is bounded: beyond that it has no place, and is told the last', () => {
    const line = new Line();
    for (let id = 0; id < MOST_TICKETS; id++) line.join(waiter(id), 0);
    expect(line.join(waiter(-1), 0)).toBe(MOST_TICKETS);
    expect(line.join(waiter(-2), 0)).toBe(MOST_TICKETS);
    line.took(waiter(5));
    expect(line.join(waiter(-1), 0)).toBe(MOST_TICKETS - 1);
  });
});

test('a flow whose tickets were forgotten begins anew, behind nobody', () => {
  const queue = new TicketQueue();
  const add = (id: number, flow: string) => queue.add({ id, flow, bulk: false }, 0);
  for (let id = 0; id < 100; id++) add(id, 'a');
  queue.sweep(() => true);
  const [ofB, ofA] = [add(101, 'b'), add(102, 'a')];
  expect([queue.placeOf(ofB), queue.placeOf(ofA)]).toEqual([0, 1]);
  queue.serve(ofB);
  add(103, 'b');
  expect(queue.tickets.map(({ id }) => id)).toEqual([102, 103]);
});

test('two that are each before the other in one of two lines do not wait for each other', () => {
  const [one, other] = [new Spaced(1_000, 3_000), new Spaced(1_000, 3_000)];
  const site = { idleConnections: 0, failing: false, callIn: () => undefined };
  const waiter = (id: number, flow: string): Waiter => ({ id, flow, bulk: false, site });
  const [first, second] = [waiter(1, 'first'), waiter(2, 'second')];
  turnOf([one], first, 0, 2);
  turnOf([other], second, 0, 2);
  const goes = new Set<number | string>();
  // Both have their places, and wait for a window that opens after a while.
  for (let nowMs = 3_000; nowMs < 10_000 && goes.size === 0; nowMs += 500)
    for (const asking of [first, second])
      if (turnOf([one, other], asking, nowMs, 2).ms === 0) goes.add(asking.id);
  expect(goes.size).toBeGreaterThan(0);
});
