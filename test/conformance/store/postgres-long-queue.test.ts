/**
 * A long queue to one destination on PostgreSQL costs the rest nothing: neither a claim from it nor anything beside it reads
 * more rows than what it takes or shows. Counted by the server over every scan, of indexes too: an index that does not give
 * the order that is asked for is read as far as the destination's deliveries go, and sorted.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { DELIVERIES_PER_MESSAGE } from '../../../src/store/flow/keys.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import type { OpenedStore } from './engine.ts';
import {
  acceptMany,
  allMessages,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  MINUTE_MS,
  recordingListener,
  ROOMY,
  settlement,
} from './fixtures.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { rowsRead } from './rows-read.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'a long queue on PostgreSQL (skipped: there is none here)'
    : 'a long queue on PostgreSQL';

const MESSAGES = 6_000;
const RECIPIENTS = 10;
/** Messages of another account. */
const OF_OTHER = 50;
const DEAD = 'dead.example';
/** Far above what a page of 100 messages with ten recipients each takes, far below the queue's length. */
const FEW = 10_000;
const TAKEN = 100;

/** When each of the queue was due, in milliseconds from the first. */
const DUE: Readonly<Record<string, string>> = {
  'one after the other': 'n',
  // After failures, with back-off and jitter.
  'in no order': 'n * 7919 % 59999',
  // After `queue retry`.
  'at one moment': '0',
};

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  const moments = Object.keys(DUE).flatMap((due) => [
    { due, moment: 'before' },
    { due, moment: 'after' },
  ]);
  test.each(moments)(
    'is not read through where it is due $due, $moment the server knows how large its tables are',
    { timeout: 120_000 },
    async ({ due, moment }) => {
      const folder = `long ${due} ${moment}`;
      const schema = await database.schemaOf(folder);
      const pool = database.pool(schema);
      const openAndUse = async (use: (store: OpenedStore, accountId: string) => Promise<unknown>) => {
        const store = await openPostgres(database, folder);
        await use(store, await defaultAccountId(store)).finally(() => store.close());
      };
      await openAndUse(() => Promise.resolve());
      await fill(pool, DUE[due] ?? '0');
      if (moment === 'after') await pool.query('ANALYZE');
      // What a start reads of tables that the server does not know yet is read once.
      const atStart = await rowsRead(pool, schema, 'at all', () => openAndUse(() => Promise.resolve()));
      const uses = moment === 'after' ? { ...LOOKS, ...USES } : USES;
      for (const [name, use] of Object.entries(uses)) {
        const read = await rowsRead(pool, schema, 'at all', () => openAndUse(use));
        const many = [...read].filter(([table, rows]) => rows - (atStart.get(table) ?? 0) > FEW);
        expect.soft(many, name).toEqual([]);
      }
      await pool.end();
    },
  );
});

const ALL = { accountId: undefined, id: undefined, destination: undefined };

function claimSome(store: OpenedStore) {
  const limits = { limit: TAKEN, limitPerDestination: TAKEN };
  return claimAll(store.spool, { ...limits, nowMs: systemClock.now() });
}

async function claimsOfAll(store: OpenedStore) {
  const claimed = deliveriesOf((await claimSome(store)).claims);
  expect(claimed).toHaveLength(TAKEN);
  return claimed;
}

/** By name, what is done while the queue waits. In this order: the destination is blocked in the end. */
const USES: Readonly<Record<string, (store: OpenedStore, accountId: string) => Promise<unknown>>> = {
  'a start': () => Promise.resolve(),
  'a claim': claimsOfAll,
  'a start after which the claims of the last one are free': () => Promise.resolve(),
  'what is claimed is deferred': async (store) => {
    const atMs = systemClock.now() + HOUR_MS;
    const deferred = { state: 'deferred', nextAttemptAtMs: atMs, event: undefined } as const;
    const settlements = (await claimsOfAll(store)).map((one) => settlement(one, deferred));
    await store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
  },
  'what is claimed is delivered': async (store) => {
    const settlements = (await claimsOfAll(store)).map((one) => settlement(one));
    await store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
  },
  'mail to the same destination': async (store) => {
    store.spool.openFeed(ROOMY, recordingListener());
    await claimsOfAll(store);
    await acceptMany(store, 20, { recipients: [`one@${DEAD}`] });
  },
  'one message is held': (store) => store.queue.hold({ ...ALL, id: 'msg_000777' }, systemClock.now(), 'test'),
  'one message is tried again': (store) =>
    store.queue.retry({ ...ALL, id: 'msg_000778' }, systemClock.now(), 'test'),
  'it is suspended, and goes on': async (store) => {
    await store.queue.suspendDestination(DEAD, true, systemClock.now(), 'test');
    await store.queue.suspendDestination(DEAD, false, systemClock.now(), 'test');
  },
  'it is blocked': (store) =>
    store.spool.blockDestinations([
      { destination: DEAD, untilMs: systemClock.now() + 5 * MINUTE_MS, failures: 1, lastError: 'x' },
    ]),
  'a claim beside it': async (store) => {
    await acceptMany(store, 20);
    const claimed = deliveriesOf((await claimSome(store)).claims);
    expect(claimed).toHaveLength(20);
    const settlements = claimed.map((one) => settlement(one));
    await store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
  },
};

/** What people look at. Only once the server knows its tables, which takes it a minute: until then lists may be sorted. */
const LOOKS: Readonly<Record<string, (store: OpenedStore, accountId: string) => Promise<unknown>>> = {
  'the queue': (store) => store.queue.summary(20),
  'the destination': (store) => store.queue.destination(DEAD),
  'the newest messages': (store) => store.queue.listMessages(allMessages()),
  'the newest that wait': (store) => store.queue.listMessages({ ...allMessages(), state: 'queued' }),
  'the newest to it': (store) => store.queue.listMessages({ ...allMessages(), destination: DEAD }),
  'a page of what waits': (store, accountId) =>
    store.queue.pageOfMessages({ ...allMessages(), accountId, state: 'queued', limit: 20 }),
};

async function fill(pool: pg.Pool, due: string): Promise<void> {
  const nowMs = systemClock.now() - HOUR_MS;
  const account = '(SELECT min(id) FROM account)';
  const each = `generate_series(1, ${MESSAGES}) AS n`;
  await pool.query(`INSERT INTO destination (name, next_due_at) VALUES ('${DEAD}', ${nowMs})`);
  await pool.query(`INSERT INTO destination_count (destination_id, node_id, queued)
    SELECT id, 1, ${MESSAGES * RECIPIENTS} FROM destination`);
  await pool.query(`INSERT INTO message (id, public_id, account_id, stream, via, reverse_path, header_from,
      message_id_field, body_type, smtp_utf8, require_tls, send_dsn, signing_domain, header_size, size, body_hash,
      accepted_at, expires_at, recipients, unsettled, chunk_count)
    SELECT n, 'msg_' || lpad(n::text, 6, '0'), ${account}, 'transactional', 'smtp', '', '', '', '7bit', 0, 0, 0,
      'example.org', 1, 1, '', ${nowMs}, ${nowMs + 96 * HOUR_MS}, ${RECIPIENTS}, ${RECIPIENTS}, 1 FROM ${each}`);
  await pool.query(`INSERT INTO delivery (id, destination_id, account_id, state, due_at, expires_at, recipient)
    SELECT n * ${DELIVERIES_PER_MESSAGE} + r, (SELECT id FROM destination), ${account}, 'queued', ${nowMs} + ${due},
      ${nowMs + 96 * HOUR_MS}, 'a' || r || '@${DEAD}' FROM ${each}, generate_series(1, ${RECIPIENTS}) AS r`);
  // Of an account whose mail came after all of that.
  await pool.query(
    `INSERT INTO account (public_id, name, created_at) VALUES ('acc_other', 'other', ${nowMs})`,
  );
  await pool.query(
    `UPDATE message SET account_id = (SELECT max(id) FROM account) WHERE id > ${MESSAGES - OF_OTHER}`,
  );
  await pool.query(`UPDATE delivery SET account_id = (SELECT max(id) FROM account), due_at = ${nowMs} + ${MESSAGES * RECIPIENTS}
    WHERE id >= ${MESSAGES - OF_OTHER + 1} * ${DELIVERIES_PER_MESSAGE}`);
  await pool.query(`INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms)
    SELECT id, 0, 0, ${nowMs}, 'later', 'final', 1 FROM delivery`);
  await pool.query(
    `INSERT INTO content_chunk (id, data) SELECT n * ${DELIVERIES_PER_MESSAGE}, 'x' FROM ${each}`,
  );
  await pool.query(`SELECT setval('message_key', ${MESSAGES + 1_000})`);
  // What this connection has read until here is counted now, and not later.
  await pool.query('SELECT pg_stat_force_next_flush()');
}
