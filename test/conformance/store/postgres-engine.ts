/**
 * The roles whose statements are shared, on a real PostgreSQL, as far as a conformance suite needs a store. What the second
 * engine will do in statements of its own is stood in for by the least that the suites ask: accepting writes one event for
 * each recipient, events are numbered one by one, retention removes what shared statements remove. All else is not there.
 */
import pg from 'pg';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { EventFilter } from '../../../src/store/queue-admin.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import { MIGRATIONS } from '../../../src/store/postgres/migrations/index.ts';
import { Database } from '../../../src/store/postgres/engine/database.ts';
import type { Session } from '../../../src/store/postgres/engine/session.ts';
import { PostgresStepRunner } from '../../../src/store/postgres/engine/step-runner.ts';
import { insertFirstAccount } from '../../../src/store/sql/directory/accounts.ts';
import { directoryReads, directoryWrites } from '../../../src/store/sql/directory/directory.ts';
import {
  findingReads,
  findingWrites,
  removeServerEventsBefore,
} from '../../../src/store/sql/findings/findings.ts';
import { createLoginWrites, loginReads } from '../../../src/store/sql/directory/logins.ts';
import { sealedReads, sealedWrites } from '../../../src/store/sql/directory/sealed-secrets.ts';
import { suppressionReads, suppressionWrites } from '../../../src/store/sql/directory/suppressions.ts';
import {
  keepRefusedMessage,
  refusalReads,
  removeRefusedBefore,
} from '../../../src/store/sql/refusals/refused-messages.ts';
import {
  keepUnverifiedReport,
  removeReportsBefore,
  unverifiedReportReads,
} from '../../../src/store/sql/reports/unverified-reports.ts';
import { healthReads } from '../../../src/store/sql/statistics/health-reads.ts';
import { statisticReads } from '../../../src/store/sql/statistics/statistics-reads.ts';
import { templateReads, templateWrites } from '../../../src/store/sql/templates/templates.ts';
import { removeEndedDeliveries } from '../../../src/store/sql/webhooks/webhook-log.ts';
import { webhookReads } from '../../../src/store/sql/webhooks/webhook-reads.ts';
import { createChunkedWebhookWrites, webhookWrites } from '../../../src/store/sql/webhooks/webhook-writes.ts';
import type { AccountEvent } from '../../../src/store/sql/steps.ts';
import type { StoreReads, StoreWrites } from '../../../src/store/store.ts';
import { joinStore } from '../../support/join-store.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import type { OpenedStore, OpenOptions } from './engine.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { openPostgresStore, type PostgresStore } from '../../../src/store/postgres/open.ts';
import type { PostgresOptions } from '../../../src/store/postgres/options.ts';
import { openPostgresReader } from '../../../src/store/postgres/reader.ts';

/** One database for all tests, a schema for each of their folders. */
export class PostgresDatabase {
  readonly #server: PostgresServer;
  readonly #schemas = new Map<string, Promise<string>>();
  readonly #opened = new Map<string, Set<PostgresStore>>();

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** The schema that stands for `folder`, with its tables. */
  async schemaOf(folder: string): Promise<string> {
    const known = this.#schemas.get(folder) ?? this.#create(`t${this.#schemas.size}`);
    this.#schemas.set(folder, known);
    return await known;
  }

  pool(schema: string): pg.Pool {
    const { host, user, database } = this.#server;
    // One connection, so that what a suite begins at once is done in that order.
    const pool = new pg.Pool({ host, user, database, options: `-c search_path=${schema}`, max: 1 });
    // Of connections that rest: a test that needs one says so itself.
    pool.on('error', () => undefined);
    return pool;
  }

  /** Stores that are open at this place: one of them numbers the events. */
  openedAt(url: string): Set<PostgresStore> {
    const opened = this.#opened.get(url) ?? new Set();
    this.#opened.set(url, opened);
    return opened;
  }

  /** As the configuration has it. */
  url(schema: string): string {
    const { host, user, database } = this.#server;
    const options = encodeURIComponent(`-c search_path=${schema}`);
    return `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&options=${options}`;
  }

  /** One connection, so that what a suite begins at once is done in that order. */
  connect(schema: string): Database {
    return new Database({
      url: this.url(schema),
      preparedStatements: 'auto',
      clock: systemClock,
      random: systemRandom,
      maxConnections: 1,
      applicationName: 'test',
    });
  }

  async #create(schema: string): Promise<string> {
    const pool = this.pool(schema);
    await pool.query(`CREATE SCHEMA ${schema}`);
    for (const { up } of MIGRATIONS) await pool.query(up);
    await pool.end();
    return schema;
  }
}

/** The whole engine as a node of its own; a tool beside the relay is another. */
export async function openPostgres(
  database: PostgresDatabase,
  folder: string,
  { exclusive = true, ...options }: OpenOptions & Partial<PostgresOptions> = {},
): Promise<OpenedStore> {
  const url = database.url(await database.schemaOf(folder));
  const common = {
    preparedStatements: 'auto',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  } as const;
  const nodeName = exclusive ? 'relay' : 'tool';
  const store = await openPostgresStore({ url, ...common, nodeName, version: '1.0.0', ...options });
  const reader = openPostgresReader({ url, ...common });
  const opened = database.openedAt(url);
  opened.add(store);
  const number = async () => {
    for (const one of opened) await one.numberEvents();
  };
  const webhooks = numberedFirst(store.webhooks, number);
  return {
    ...joinStore(numberedFirst(reader, number), { ...store, webhooks }),
    async close() {
      opened.delete(store);
      await store.close();
      await reader.close();
    },
  };
}

/**
 * The log as it is once all that was committed is numbered: a suite asks right after what it wrote, and here that is in the
 * log a moment later.
 */
function numberedFirst<Reader extends object>(reader: Reader, number: () => Promise<void>): Reader {
  return new Proxy(reader, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== 'function' || typeof name !== 'string' || !/event|bounce|suppress|webhook/i.test(name))
        return verb;
      return async (...args: unknown[]) => {
        await number();
        return (verb as (...given: unknown[]) => unknown)(...args);
      };
    },
  });
}

export async function openColdRoles(database: PostgresDatabase, folder: string): Promise<OpenedStore> {
  const schema = await database.schemaOf(folder);
  const pool = database.pool(schema);
  const connections = database.connect(schema);
  const steps = new PostgresStepRunner(connections, appendEvent);
  await steps.write(() => insertFirstAccount({ id: 'acc_first', name: 'default', createdAtMs: 1 }));
  const reads = {
    ...steps.reads(directoryReads),
    ...steps.reads(suppressionReads),
    ...steps.reads(loginReads),
    ...steps.reads(sealedReads),
    ...steps.reads(templateReads),
    ...steps.reads(findingReads),
    ...steps.reads(webhookReads),
    ...steps.reads(refusalReads),
    ...steps.reads(unverifiedReportReads),
    ...steps.reads(healthReads),
    ...steps.snapshotReads(statisticReads),
    readEvents: (filter: EventFilter) => readEvents(pool, filter),
    countEvents: () => countEvents(pool),
  };
  const writes = {
    spool: { accept: (message: NewMessage) => accept(pool, message) },
    directory: steps.writes(directoryWrites),
    suppressions: steps.writes(suppressionWrites),
    secrets: steps.writes(sealedWrites),
    logins: steps.writes(createLoginWrites()),
    templates: steps.writes(templateWrites),
    findings: steps.writes(findingWrites),
    webhooks: {
      ...steps.writes(webhookWrites),
      ...createChunkedWebhookWrites(
        (begin) => steps.write(begin),
        () => Promise.resolve(),
      ),
    },
    reports: { keepReport: (report: never) => steps.write(() => keepUnverifiedReport(report)) },
    refusals: { keepRefused: (message: never) => steps.write(() => keepRefusedMessage(message)) },
    retention: {
      async clean(nowMs: number, ages: { readonly metadataMs: number; readonly eventsMs: number }) {
        const ended = await steps.write(() => removeEndedDeliveries(nowMs - ages.metadataMs, 500));
        const reports = await steps.write(() => removeReportsBefore(nowMs - 7 * DAY_MS, nowMs));
        const refused = await steps.write(() => removeRefusedBefore(nowMs - DAY_MS));
        const told = await steps.write(() => removeServerEventsBefore(nowMs - ages.eventsMs, 500));
        return { more: ended + reports + refused + told > 0 };
      },
    },
  };
  return {
    ...joinStore(reads as unknown as StoreReads, writes as unknown as StoreWrites),
    close: async () => {
      await connections.close();
      await pool.end();
    },
  };
}

const DAY_MS = 86_400_000;
const INSERT_EVENT = `INSERT INTO event (sequence, type, at, account_id, message_id, recipient_number, recipient, stream,
    data) SELECT coalesce(max(sequence), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM event`;

export async function appendEvent(
  session: Session,
  { type, atMs, about, data }: AccountEvent,
): Promise<void> {
  const { accountKey, messageId, stream } = about;
  const values = [
    type,
    Math.round(atMs),
    accountKey,
    messageId ?? null,
    null,
    null,
    stream ?? null,
    JSON.stringify(data),
  ];
  await session.command('LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE');
  await session.query(INSERT_EVENT, values);
}

async function accept(pool: pg.Pool, { facts, deliveries }: NewMessage): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM account WHERE public_id = $1', [
    facts.accountId,
  ]);
  for (const [index, { recipient }] of deliveries.entries()) {
    const at = Math.round(facts.acceptedAtMs);
    const values = ['accepted', at, rows[0]?.id, facts.id, index + 1, recipient, facts.stream, null];
    await pool.query(INSERT_EVENT, values);
  }
}

async function countEvents(pool: pg.Pool) {
  const { rows } = await pool.query<{ type: string; count: string }>(
    'SELECT type, count(*) AS count FROM event GROUP BY type',
  );
  return { counts: Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)])) };
}

/** Of those that a filter of the suites lets through. */
async function readEvents(pool: pg.Pool, { types, messageId, after, limit }: EventFilter) {
  const { rows } = await pool.query<Record<string, string | null>>(
    `SELECT e.*, a.public_id AS account_public_id, a.name AS account_name
     FROM event e JOIN account a ON a.id = e.account_id
     WHERE e.sequence > $1 AND ($2::text IS NULL OR e.message_id = $2) ORDER BY e.sequence LIMIT $3`,
    [after, messageId, limit],
  );
  const events = rows
    .filter(({ type }) => types.length === 0 || (types as readonly (string | null)[]).includes(type ?? null))
    .map((row) => ({
      sequence: Number(row['sequence']),
      type: row['type'],
      atMs: Number(row['at']),
      accountId: row['account_public_id'],
      accountName: row['account_name'],
      messageId: row['message_id'] ?? undefined,
      deliveryId: undefined,
      recipient: row['recipient'] ?? undefined,
      stream: row['stream'] ?? undefined,
      data: row['data'] ? (JSON.parse(row['data']) as unknown) : {},
    }));
  return { events, cursor: events.at(-1)?.sequence ?? after };
}
