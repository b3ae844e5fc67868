/** The look at what others made due, with a database that answers as told: what the worker is told of it. */
import { expect, test } from 'vitest';
import { Feed } from '../../../../src/store/flow/feed.ts';
import { UndoLog } from '../../../../src/store/flow/undo-log.ts';
import { Backlog, type BacklogOptions } from '../../../../src/store/postgres/spool/backlog.ts';
import type { Destination } from '../../../../src/store/postgres/spool/destinations.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HOUR_MS = 3_600_000;

function looking(readyAtMs: (nowMs: number) => number) {
  const clock = new VirtualClock();
  const feed = new Feed<Destination>(new UndoLog());
  const told: number[] = [];
  const limits = { maxDeliveries: 100, maxDeliveriesPerDestination: 10, maxContentBytes: 1_000 };
  feed.open(limits, {
    onClaims: () => undefined,
    onBacklog: (dueAtMs) => void told.push(dueAtMs),
    onRecall: () => undefined,
  });
  let looks = 0;
  const read = () => {
    looks++;
    return Promise.resolve({ rows: [{ at: readyAtMs(clock.now()), runs: false }] });
  };
  const memory = { database: { read }, feed } as unknown as BacklogOptions['memory'];
  const commits = { submit: () => Promise.resolve(0) } as unknown as BacklogOptions['commits'];
  const backlog = new Backlog({ memory, commits, clock, random: seededRandom(1) });
  return { clock, feed, told, backlog, looks: () => looks };
}

test('a worker that was told that something is due is not told again of what was due before', async () => {
  const { clock, feed, told, backlog, looks } = looking((nowMs) => nowMs - HOUR_MS);
  feed.backlogAt(clock.now());
  feed.announce();
  await clock.advance(10_000);
  expect(looks()).toBeGreaterThan(5);
  expect(told).toHaveLength(1);
  backlog.stop();
});

test('a worker that waits for a later time is told once of what is due sooner', async () => {
  const { clock, feed, told, backlog } = looking((nowMs) => nowMs - HOUR_MS);
  feed.backlogAt(clock.now() + HOUR_MS);
  feed.announce();
  await clock.advance(10_000);
  expect(told).toHaveLength(2);
  expect(told[1]).toBeLessThanOrEqual(clock.now());
  backlog.stop();
});
