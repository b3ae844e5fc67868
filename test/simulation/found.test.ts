/** Errors that simulated worlds found, each in its smallest form. The worlds themselves are in simulation.test.ts. */
import { joinStore } from '../support/join-store.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Alarm } from '../../src/delivery/alarm.ts';
import { ActiveDestination } from '../../src/delivery/destination/active-destination.ts';
import { DEFAULT_DELIVERY_LIMITS } from '../../src/delivery/limits.ts';
import { Scheduler, type WaitedForLimits } from '../../src/delivery/claims/scheduler.ts';
import { StoreHealth } from '../../src/delivery/claims/store-health.ts';
import type { QueueEntry } from '../../src/delivery/destination/queue-entry.ts';
import { LongWaits } from '../../src/delivery/shaping/long-waits.ts';
import type { RateLimit } from '../../src/delivery/shaping/rate-limit.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { OwnedPromises } from '../../src/platform/lifecycle.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Claim } from '../../src/store/delivery-records.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import type { ClaimRequest, ClaimResult } from '../../src/store/spool.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';
import type { OpenedStore } from '../conformance/store/engine.ts';
import {
  claimAll,
  deliveriesOf,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from '../conformance/store/fixtures.ts';

let dataDir: string;
const opened: SqliteStore[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-found-'));
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(dataDir, { recursive: true });
});

function open(exclusive: boolean): SqliteStore {
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    reserveBytes: 0,
    exclusive,
  });
  opened.push(store);
  return store;
}

/** With a reader, as the fixtures want it. */
function readable(store: SqliteStore): OpenedStore {
  const reads = joinStore(openSqliteReader(dataDir), store);
  return { ...reads, close: () => store.close() };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const ALL = { accountId: undefined, id: undefined, destination: undefined };

it('finds what an operator made due, although something of the destination is settled after it', async () => {
  const relay = open(true);
  const listener = recordingListener();
  relay.spool.openFeed(ROOMY, listener);
  const store = readable(relay);
  await relay.spool.accept(await newMessage(store));
  const later = systemClock.now() + HOUR_MS;
  await relay.spool.accept(await newMessage(store, { sendAtMs: later, expiresAtMs: later + HOUR_MS }));
  const inHand: readonly Claim[] = listener.claims;
  expect(deliveriesOf(inHand)).toHaveLength(1);

  const tool = open(false);
  await tool.queue.retry(ALL, systemClock.now(), 'relayctl');
  await settleAll(relay.spool, inHand);

  const { claims } = await claimAll(relay.spool);
  expect(deliveriesOf(claims)).toHaveLength(1);
});

it('hands over no more than the feed holds, also of one message to many destinations', async () => {
  const relay = open(true);
  const listener = recordingListener();
  relay.spool.openFeed({ ...ROOMY, maxDeliveries: 4 }, listener);
  const recipients = Array.from({ length: 20 }, (_one, index) => `user@d${index}.example`);
  await relay.spool.accept(await newMessage(readable(relay), { recipients }));
  // Twice the limit is what the feed goes to for destinations of which nothing is in hand.
  expect(deliveriesOf(listener.claims).length).toBeLessThanOrEqual(8);
});

it('hands over the first message of an account at once, although others keep the destination busy', async () => {
  const relay = open(true);
  const listener = recordingListener();
  relay.spool.openFeed({ ...ROOMY, maxDeliveriesPerDestination: 4 }, listener);
  const store = readable(relay);
  await relay.directory.addAccount(
    { id: 'acc_quiet', name: 'quiet', createdAtMs: systemClock.now() },
    'test',
  );
  for (let i = 0; i < 6; i++) await relay.spool.accept(await newMessage(store));
  expect(listener.claims).toHaveLength(4);
  await relay.spool.accept(await newMessage(store, { accountId: 'acc_quiet' }));
  expect(listener.claims.at(-1)?.facts.accountId).toBe('acc_quiet');
  await relay.spool.accept(await newMessage(store, { accountId: 'acc_quiet' }));
  expect(listener.claims).toHaveLength(5);
});

it('claims what has expired first where a destination fails, however much waits before it', async () => {
  const relay = open(true);
  const store = readable(relay);
  const nowMs = systemClock.now();
  for (let i = 0; i < 20; i++) await relay.spool.accept(await newMessage(store));
  await relay.spool.accept(await newMessage(store, { expiresAtMs: nowMs }));
  const block = { destination: 'example.com', untilMs: nowMs, failures: 1, lastError: 'connection refused' };
  await relay.spool.blockDestinations([block]);
  const { claims } = await claimAll(relay.spool, { nowMs: systemClock.now(), limit: 1 });
  expect(claims.map(({ facts }) => facts.expiresAtMs)).toEqual([nowMs]);
});

it('claims what has expired first also where a destination is only slow', async () => {
  const relay = open(true);
  const store = readable(relay);
  const nowMs = systemClock.now();
  for (let i = 0; i < 20; i++) await relay.spool.accept(await newMessage(store));
  await relay.spool.accept(await newMessage(store, { expiresAtMs: nowMs }));
  const { claims } = await claimAll(relay.spool, { nowMs: systemClock.now(), limit: 1 });
  expect(claims.map(({ facts }) => facts.expiresAtMs)).toEqual([nowMs]);
});

const NOBODY_WAITED: WaitedForLimits = { names: () => [], passes: () => undefined };

function asking(
  claimed: { size: number; readonly destinations: ReadonlyMap<string, ActiveDestination> },
  { clock = new VirtualClock(), waited = NOBODY_WAITED } = {},
) {
  const asked: { request: ClaimRequest; answer: (result: ClaimResult) => void }[] = [];
  const alarm = new Alarm(clock);
  const scheduler = new Scheduler({
    spool: {
      openFeed: () => undefined,
      claim: (request) => new Promise((answer) => asked.push({ request, answer })),
    },
    clock,
    alarm,
    health: new StoreHealth({ clock, log: silentLog, alarm }),
    background: new OwnedPromises((error) => {
      throw error;
    }),
    limits: DEFAULT_DELIVERY_LIMITS,
    router: { admit: () => undefined, shed: () => undefined, recall: () => undefined },
    claimed,
    waited,
  });
  alarm.wakes(scheduler);
  scheduler.start();
  return { scheduler, asked };
}

it('asks again for a destination that drained while the store was being asked without it', async () => {
  const destination = new ActiveDestination('slow.example', 2);
  destination.claim(2);
  const { scheduler, asked } = asking({ size: 2, destinations: new Map([[destination.name, destination]]) });
  expect(asked[0]?.request.excludedDestinations).toEqual(['slow.example']);

  destination.begin(2);
  destination.settle(2);
  scheduler.onSettled(destination);
  asked[0]?.answer({ claims: [], nextDueAtMs: undefined });
  await settled();
  expect(asked[1]?.request.excludedDestinations).toEqual([]);
});

it('asks for others as soon as a full destination makes room, long before it has drained', () => {
  const { maxDeliveries } = DEFAULT_DELIVERY_LIMITS;
  const destination = new ActiveDestination('slow.example', maxDeliveries);
  destination.claim(maxDeliveries);
  destination.window.filled(0);
  const claimed = { size: maxDeliveries, destinations: new Map([[destination.name, destination]]) };
  const { scheduler, asked } = asking(claimed);
  expect(asked).toEqual([]);

  destination.begin(10);
  destination.settle(10);
  claimed.size -= 10;
  scheduler.onSettled(destination);
  expect(asked).toHaveLength(1);
});

/** They have put off `destination` for a limit, and its wait is over. */
async function waitedFor(destination: ActiveDestination, clock: VirtualClock): Promise<LongWaits> {
  const longWaits = new LongWaits({
    ...{ clock, alarm: { by: () => undefined }, outbox: { block: () => undefined } },
    settler: { release: () => undefined },
  });
  const limit = { ofSender: false, words: 'rule a: 2 messages a minute' } as RateLimit;
  const wait = { ms: MINUTE_MS, lookMs: MINUTE_MS, limit };
  longWaits.hold([{ destination } as unknown as QueueEntry], wait, {
    ...{ leavesPlainly: true, place: { hosts: [], provider: undefined, source: undefined } },
    shape: { turnOf: () => wait, putOff: () => undefined },
  });
  await clock.advance(MINUTE_MS);
  return longWaits;
}

it('asks again for a destination of which it took a few, although its limits have changed since', async () => {
  const clock = new VirtualClock();
  const destination = new ActiveDestination('limited.example', 2);
  const waited = await waitedFor(destination, clock);
  destination.claim(2);
  const claimed = { size: 2, destinations: new Map([[destination.name, destination]]) };
  const { scheduler, asked } = asking(claimed, { clock, waited });
  expect(asked[0]?.request).toMatchObject({
    excludedDestinations: [destination.name],
    few: { destinations: [destination.name] },
  });
  asked[0]?.answer({ claims: [], nextDueAtMs: undefined });
  await settled();

  waited.lift();
  destination.begin(2);
  destination.settle(2);
  await clock.advance(SECOND_MS);
  scheduler.onSettled(destination);
  expect(asked[1]?.request.excludedDestinations).toEqual([]);
});
