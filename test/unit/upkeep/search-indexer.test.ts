/** The indexer: it works while there is work, rests in between, gives way, and survives a store that fails. */
import { expect, test } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import type { IndexedStep, SearchStanding } from '../../../src/store/search.ts';
import { startSearchIndexer } from '../../../src/upkeep/search-indexer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function indexer() {
  const clock = new VirtualClock();
  const state = {
    steps: [] as number[],
    left: 0,
    stepMs: 5,
    fails: false,
    isOurs: true,
    looks: 0,
    arriving: 0,
  };
  const standing = (): SearchStanding => {
    state.looks++;
    return { behind: state.left, backToMs: undefined, unfinished: 0, hasWork: state.left > 0 };
  };
  const watch = startSearchIndexer({
    reader: { searchStanding: () => Promise.resolve(standing()) },
    search: {
      async indexSome(): Promise<IndexedStep> {
        state.steps.push(clock.monotonic());
        await new Promise<void>((resolve) => void clock.after(state.stepMs, resolve));
        if (state.fails) throw new Error('the disk is full');
        state.left = Math.max(0, state.left - 1);
        return { documents: 1, followed: state.arriving, behind: 0, more: state.left > 0 };
      },
    },
    clock,
    log: silentLog,
    isOurs: () => state.isOurs,
  });
  return { clock, state, watch };
}

test('works through what there is, and rests nine times as long as a step took', async () => {
  const { clock, state, watch } = indexer();
  state.left = 4;
  await clock.advance(2_000);
  expect(state.steps).toEqual([1_000, 1_050, 1_100, 1_150]);
  await watch.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('a store that is busy is left alone for longer', async () => {
  const { clock, state, watch } = indexer();
  state.left = 100;
  state.stepMs = 80;
  await clock.advance(1_000 + 3 * 800);
  expect(state.steps).toEqual([1_000, 1_800, 2_600, 3_400]);
  await clock.advance(80);
  await watch.stop();
});

test('while much mail comes in the rests are longer', async () => {
  const { clock, state, watch } = indexer();
  state.left = 100;
  await clock.advance(1_100);
  state.arriving = 100;
  await clock.advance(400);
  expect(state.steps).toEqual([1_000, 1_050, 1_100, 1_305]);
  state.arriving = 0;
  await clock.advance(400);
  expect(state.steps.slice(-3)).toEqual([1_760, 1_810, 1_860]);
  await clock.advance(40);
  await watch.stop();
});

test('looks without a step where there is nothing, and takes one a minute for what shows in no other way', async () => {
  const { clock, state, watch } = indexer();
  await clock.advance(60_500);
  expect(state.steps).toEqual([1_000]);
  expect(state.looks).toBeGreaterThan(50);
  await clock.advance(2_000);
  expect(state.steps).toHaveLength(2);
  await watch.stop();
});

test('does nothing while another node does it, and goes on after a failure', async () => {
  const { clock, state, watch } = indexer();
  state.left = 2;
  state.isOurs = false;
  await clock.advance(5_000);
  expect(state.looks).toBe(0);
  state.isOurs = true;
  state.fails = true;
  await clock.advance(2_100);
  state.fails = false;
  await clock.advance(2_100);
  expect(state.left).toBe(0);
  await watch.stop();
});
