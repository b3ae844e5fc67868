/** The wall clock is set back while the store is open: blocks that the false clock wrote do not outlast a back-off. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../../src/store/sqlite/reader.ts';
import type { OpenedStore } from '../../conformance/store/engine.ts';
import { claimAll, HOUR_MS, newMessage, recordingListener, ROOMY } from '../../conformance/store/fixtures.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let dataDir: string;
let clock: VirtualClock;
let store: SqliteStore;
let reader: SqliteReader;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-clock-'));
  clock = new VirtualClock();
  store = openSqliteStore({
    dataDir,
    clock,
    random: systemRandom,
    log: silentLog,
    reserveBytes: 0,
    exclusive: true,
  });
  reader = openSqliteReader(dataDir);
});
afterEach(async () => {
  reader.close();
  await store.close();
  rmSync(dataDir, { recursive: true });
});

const message = () =>
  newMessage({ directory: reader } as unknown as OpenedStore, { acceptedAtMs: clock.now() });
const block = () =>
  store.spool.blockDestinations([
    { destination: 'example.com', untilMs: clock.now() + 300_000, failures: 3, lastError: 'refused' },
  ]);

test('what waits for a blocked destination is announced and claimed within seconds', async () => {
  const feed = recordingListener();
  clock.jump(6 * HOUR_MS);
  await block();
  await store.spool.accept(await message());
  store.spool.openFeed(ROOMY, feed);
  expect((await claimAll(store.spool, { nowMs: clock.now() })).claims).toEqual([]);
  await clock.advance(6_000);
  clock.jump(-6 * HOUR_MS);
  await clock.advance(6_000);
  expect(feed.backlogs.length).toBe(1);
  // It was queued in the false future, and is due by the time that was said then.
  const { claims } = await claimAll(store.spool, { nowMs: clock.now() + 6 * HOUR_MS });
  expect(claims).toHaveLength(1);
});

test('new mail for it is handed over at once', async () => {
  const feed = recordingListener();
  store.spool.openFeed(ROOMY, feed);
  clock.jump(6 * HOUR_MS);
  await block();
  clock.jump(-6 * HOUR_MS);
  await store.spool.accept(await message());
  await clock.advance(0);
  expect(feed.claims).toHaveLength(1);
});

test('steps of a few seconds change nothing', async () => {
  await store.spool.accept(await message());
  await block();
  clock.jump(-10_000);
  await clock.advance(6_000);
  expect((await reader.summary(1)).destinations[0]?.blockedUntilMs).toBeGreaterThan(clock.now());
  expect((await claimAll(store.spool, { nowMs: clock.now() })).claims).toEqual([]);
});
