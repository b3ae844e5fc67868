/**
 * What keeps the cost independent of the queue's length on PostgreSQL: what the roles beside the flow of mail do is done on
 * a filled database, and no statement of it may have read a growing table through.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { DELIVERIES_PER_MESSAGE } from '../../../src/store/flow/keys.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import type { OpenedStore } from './engine.ts';
import {
  acceptMany,
  allEvents,
  allMessages,
  claimAll,
  defaultAccountId,
  HOUR_MS,
  settleAll,
} from './fixtures.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { rowsRead } from './rows-read.ts';

const HERE =
  POSTGRES_BIN === undefined ? 'plans on PostgreSQL (skipped: there is none here)' : 'plans on PostgreSQL';

/** They grow with the queue, or with the mail that was sent. */
const GROWING: ReadonlySet<string> = new Set([
  'message',
  'delivery',
  'attempt',
  'content_chunk',
  'event',
  'destination',
  'destination_count',
  'suppression',
  'statistic',
]);
/** So many that reading them through costs more than some hundred look-ups. */
const MESSAGES = 60_000;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  // Before the server has looked at its tables, as after a start with mail that comes fast, and after.
  test.each(['before', 'after'])(
    'no statement reads a growing table through, %s the server knows how large they are',
    { timeout: 120_000 },
    async (moment) => {
      const folder = `plans ${moment}`;
      const schema = await database.schemaOf(folder);
      const pool = database.pool(schema);
      const openAndUse = async (use: (store: OpenedStore, accountId: string) => Promise<unknown>) => {
        const store = await openPostgres(database, folder);
        await use(store, await defaultAccountId(store)).finally(() => store.close());
      };
      await openAndUse(() => Promise.resolve());
      await fill(pool);
      if (moment === 'after') await pool.query('ANALYZE');
      // What a start reads is read once; what is done afterwards is added to it.
      const atStart = await rowsRead(pool, schema, 'through', () => openAndUse(() => Promise.resolve()));
      for (const [name, use] of Object.entries(USES)) {
        const read = await rowsRead(pool, schema, 'through', () => openAndUse(use));
        const scanned = [...read].filter(
          ([table, rows]) => GROWING.has(table) && rows - (atStart.get(table) ?? 0) >= MESSAGES / 2,
        );
        expect.soft(scanned, name).toEqual([]);
      }
      await pool.end();
    },
  );

  test(
    'a search of an account that has little reads nothing of the others',
    { timeout: 120_000 },
    async () => {
      const folder = 'plans of a search';
      const schema = await database.schemaOf(folder);
      const pool = database.pool(schema);
      const openAndUse = async (use: (store: OpenedStore) => Promise<unknown>) => {
        const store = await openPostgres(database, folder);
        await use(store).finally(() => store.close());
      };
      await openAndUse(() => Promise.resolve());
      await fill(pool);
      await openAndUse(async (store) => {
        await store.directory.addAccount({ id: 'acc_quiet', name: 'quiet', createdAtMs: 1 }, 'test');
        await acceptMany(store, 20, { accountId: 'acc_quiet' });
      });
      const atStart = await rowsRead(pool, schema, 'at all', () => openAndUse(() => Promise.resolve()));
      for (const search of [{ sinceMs: 0 }, { subject: 'nowhere' }]) {
        const read = await rowsRead(pool, schema, 'at all', () =>
          openAndUse(async (store) => {
            const asked = { ...allMessages(), accountId: 'acc_quiet', ...search };
            expect((await store.search.searchMessages(asked)).next).toBeUndefined();
          }),
        );
        for (const table of ['message', 'delivery', 'attempt', 'event'])
          expect((read.get(table) ?? 0) - (atStart.get(table) ?? 0), table).toBeLessThan(500);
      }
      await pool.end();
    },
  );
});

const NOW_MS = 1_700_000_000_000;
const ALL = { accountId: undefined, id: undefined, destination: undefined };
const AGES = { contentMs: HOUR_MS, metadataMs: HOUR_MS, eventsMs: HOUR_MS };

/** By name, what is done. Bulk changes only where they mean few: each delivery that they mean has to be read. */
const USES: Readonly<Record<string, (store: OpenedStore, accountId: string) => Promise<unknown>>> = {
  'a page of messages': (store, accountId) => store.queue.pageOfMessages({ ...allMessages(), accountId }),
  'a page of messages of a state': (store, accountId) =>
    store.queue.pageOfMessages({ ...allMessages(), accountId, state: 'delivered', limit: 20 }),
  'the newest messages': (store) => store.queue.listMessages({ ...allMessages(), limit: 20 }),
  'a message': (store) => store.queue.messageById('msg_000777'),
  'an attempt': (store) => store.queue.lastAttempt(777 * DELIVERIES_PER_MESSAGE + 1),
  'a destination': (store) => store.queue.destination('d7.example'),
  'events of a stretch': (store) => store.events.readEvents({ ...allEvents(), after: 9_000, limit: 100 }),
  'events of a message': (store) => store.events.readEvents({ ...allEvents(), messageId: 'msg_000777' }),
  'the ends of the log': (store) => store.events.newestEventMs(),
  'a reported message': (store) => store.reports.reportedMessage('msg_000777'),
  'a bulk change of one message': (store) => store.queue.hold({ ...ALL, id: 'msg_000778' }, NOW_MS, 'test'),
  'a bulk change of one destination': (store) =>
    store.queue.cancel({ ...ALL, destination: 'd7.example' }, NOW_MS, 'test'),
  'another time for a message': (store, accountId) =>
    store.queue.reschedule(accountId, 'msg_000779', NOW_MS + 9 * HOUR_MS, NOW_MS, 'test'),
  'a report': (store) => store.reports.applyReport([report('msg_000001'), report('msg_000002')]),
  'mail that flows': async (store) => {
    await acceptMany(store, 20);
    await settleAll(store.spool, (await claimAll(store.spool, { nowMs: systemClock.now() })).claims);
  },
  'suppressions are looked up': (store, accountId) =>
    store.suppressions.suppressionFor(accountId, 's', 'a777@example.com', NOW_MS),
  'an old key that mail of its domain keeps': async ({ directory }, accountId) => {
    const domain = { id: 'dom_1', accountId, name: 'example.org', verifiedAtMs: NOW_MS, recordStatus: {} };
    const key = { domain: 'example.org', algorithm: 'rsa-sha256', publicKey: 'MII', createdAtMs: 5 } as const;
    const sealed = { ...key, sealedPrivateKey: new Uint8Array([1]) };
    await directory.addDomain(
      { ...domain, createdAtMs: 5 },
      [{ ...sealed, selector: 'a', state: 'active' }],
      'test',
    );
    await directory.addDkimKeys('dom_1', [{ ...sealed, selector: 'b', state: 'pending' }], NOW_MS, 'test');
    for (const atMs of [NOW_MS, NOW_MS + SPREAD_MS])
      await directory.recordPendingKeys({ domainId: 'dom_1', seen: { b: true }, atMs }, 'test');
    const marked = await directory.markRemovableKeys('dom_1', NOW_MS + SPREAD_MS + IN_TRANSIT_MS, 'test');
    expect(marked).toEqual([]);
  },
  'a step of retention': (store) => store.retention.clean(NOW_MS + 2 * HOUR_MS, AGES),
};

function report(messageId: string) {
  return {
    messageId,
    recipientNumber: 1,
    state: 'bounced',
    event: { type: 'bounced', atMs: NOW_MS, data: { via: 'report', hard: true } },
    suppression: undefined,
    dsns: [],
  } as const;
}

/** Half of it is settled, a tenth waits; with attempts, content, events, suppressions and statistics. */
async function fill(pool: pg.Pool): Promise<void> {
  const each = `generate_series(1, ${MESSAGES}) AS n`;
  const id = `'msg_' || lpad(n::text, 6, '0')`;
  const account = '(SELECT min(id) FROM account)';
  const settledAt = `CASE WHEN n % 10 < 9 THEN ${NOW_MS} END`;
  await pool.query(`INSERT INTO destination (name, next_due_at) SELECT 'd' || n || '.example', ${NOW_MS + HOUR_MS}
    FROM generate_series(1, ${MESSAGES}) AS n`);
  await pool.query(
    `INSERT INTO destination_count (destination_id, node_id, delivered) SELECT id, 1, 1 FROM destination`,
  );
  await pool.query(`INSERT INTO message (id, public_id, account_id, stream, via, reverse_path, header_from,
      message_id_field, body_type, smtp_utf8, require_tls, send_dsn, signing_domain, header_size, size, body_hash,
      accepted_at, send_at, expires_at, recipients, unsettled, settled_at, chunk_count)
    SELECT n, ${id}, ${account}, 'transactional', 'smtp', '', '', '', '7bit', 0, 0, 0, 'example.org', 1, 1, '', ${NOW_MS},
      CASE WHEN n % 10 = 9 THEN ${NOW_MS + HOUR_MS} END, ${NOW_MS + 9 * HOUR_MS}, 1, CASE WHEN n % 10 < 9 THEN 0 ELSE 1 END,
      ${settledAt}, 1 FROM ${each}`);
  await pool.query(`INSERT INTO delivery (id, fence, destination_id, account_id, state, due_at, settled_at, expires_at, recipient)
    SELECT n * ${DELIVERIES_PER_MESSAGE} + 1, 1, (SELECT min(id) FROM destination) + n - 1, ${account},
      CASE WHEN n % 10 < 9 THEN 'delivered' ELSE 'scheduled' END,
      CASE WHEN n % 10 = 9 THEN ${NOW_MS + HOUR_MS} END, ${settledAt}, ${NOW_MS + 9 * HOUR_MS}, 'a' || n || '@example.com'
    FROM ${each}`);
  await pool.query(`INSERT INTO attempt (delivery_id, fence, number, at, text, stage, duration_ms)
    SELECT n * ${DELIVERIES_PER_MESSAGE} + 1, 1, 0, ${NOW_MS}, 'Ok', 'final', 1 FROM ${each}`);
  await pool.query(
    `INSERT INTO content_chunk (id, data) SELECT n * ${DELIVERIES_PER_MESSAGE}, 'x' FROM ${each}`,
  );
  await pool.query(`INSERT INTO event (sequence, type, at, account_id, message_id, recipient_number)
    SELECT n, 'delivered', ${NOW_MS}, ${account}, ${id}, 1 FROM ${each}`);
  await pool.query(`SELECT setval('message_key', ${MESSAGES + 1_000})`);
  await pool.query(`UPDATE counter SET next_event = ${MESSAGES + 1}`);
  await pool.query(`INSERT INTO suppression (account_id, address, scope, reason, evidence, created_at, created_by)
    SELECT ${account}, 'a' || n || '@example.com', '', 'manual', '', 1, 'test' FROM ${each}`);
  await pool.query(
    `INSERT INTO statistic (span, account_id, kind, number, name) SELECT 1, ${account}, 4, n, 'x' FROM ${each}`,
  );
}
