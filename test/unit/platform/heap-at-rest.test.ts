/** When a thread gives memory back, on a virtual clock; and that collecting does collect. */
import { getHeapStatistics } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { releaseAtRest, threadHeap } from '../../../src/platform/heap-at-rest.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const BUSY = 0.5;
const QUIET = 0.001;
const LOOK_MS = 10_000;

describe('memory at rest', () => {
  const watch = () => {
    const clock = new VirtualClock();
    const thread = { share: QUIET, collections: 0 };
    const heap = {
      busyShare: () => thread.share,
      collect() {
        thread.collections++;
        return Promise.resolve();
      },
    };
    const rest = releaseAtRest(heap, clock);
    const look = async (share: number) => {
      thread.share = share;
      await clock.advance(LOOK_MS);
    };
    return { thread, look, rest, clock };
  };

  test('is given back once after the start, when it is quiet', async () => {
    const { thread, look } = watch();
    await look(BUSY);
    await look(QUIET);
    expect(thread.collections).toBe(0);
    await look(QUIET);
    expect(thread.collections).toBe(1);
    for (let looks = 0; looks < 10; looks++) await look(QUIET);
    expect(thread.collections).toBe(1);
  });

  test('is given back again after work, and not while it lasts', async () => {
    const { thread, look } = watch();
    await look(QUIET);
    await look(QUIET);
    expect(thread.collections).toBe(1);
    for (let looks = 0; looks < 10; looks++) await look(looks % 2 === 0 ? BUSY : QUIET);
    expect(thread.collections).toBe(1);
    await look(QUIET);
    expect(thread.collections).toBe(2);
  });

  test('a stopped watch leaves no timer behind', async () => {
    const { thread, look, rest, clock } = watch();
    rest.stop();
    expect(clock.pendingTimers).toBe(0);
    await look(QUIET);
    await look(QUIET);
    expect(thread.collections).toBe(0);
  });

  test('a collection frees what nobody refers to', async () => {
    let garbage: object[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }));
    expect(garbage.length).toBe(500_000);
    const before = getHeapStatistics().used_heap_size;
    garbage = undefined;
    await threadHeap().collect();
    expect(getHeapStatistics().used_heap_size).toBeLessThan(before - 10_000_000);
  });
});
