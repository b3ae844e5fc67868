/**
 * The search of messages at length: fills a store with mail of sixty accounts over thirty days, indexes it as relayd does in the
 * background, and searches it a thousand times in several ways, by the largest account, a small one and an operator.
 *
 *   node bench/search.ts [--messages 1000000] [--store sqlite|postgres] [--searches 1000] [--dir FOLDER] [--keep] [--bulk] [--json]
 *
 * `--bulk` indexes in large steps that are not synced to disk: the same index in less time.
 * `--dir` of an earlier run with `--keep` is searched again as it is. Ten million messages need 12 GB of disk.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import pg from 'pg';
import { silentLog } from '../src/platform/log.ts';
import { systemClock } from '../src/platform/clock.ts';
import { systemRandom } from '../src/platform/random.ts';
import { databasePath } from '../src/store/place.ts';
import { migrateDatabase } from '../src/store/postgres/migrations/migrate-database.ts';
import { Database as PostgresDatabase } from '../src/store/postgres/engine/database.ts';
import { PostgresStepRunner } from '../src/store/postgres/engine/step-runner.ts';
import { openPostgresReader } from '../src/store/postgres/reader.ts';
import { openPostgresStore } from '../src/store/postgres/open.ts';
import type { MessageSearch, SearchReader, SearchWriter } from '../src/store/search.ts';
import { indexSome } from '../src/store/sql/search/index-messages.ts';
import { StepRunner } from '../src/store/sqlite/engine/step-runner.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { allMessages } from '../test/conformance/store/fixtures.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import { benchAccountId, fillPostgres, fillSqlite } from './search-fill.ts';
import { messageOf, type MadeMessage, type MailOptions } from './search-mail.ts';

const DAYS = 30;
const BULK = { events: 10_000, messages: 10_000, recipients: 20_000, mergeBlocks: 2_000 };
/** Each of these gets its share of the searches. */
type Kind = (message: MadeMessage) => Partial<MessageSearch>;
const KINDS: Readonly<Record<string, Kind>> = {
  'a person, anywhere': ({ recipient }) => ({ search: recipient.slice(0, recipient.indexOf('@')) }),
  'a whole address': ({ recipient }) => ({ recipient: recipient.toUpperCase() }),
  'a domain of much mail': ({ recipient }) => ({ recipientPart: recipient.slice(recipient.indexOf('@')) }),
  'a number in the subject': ({ subject }) => ({ subject: /\d{4,}/.exec(subject)?.[0] ?? subject }),
  'words of many subjects': ({ subject }) => ({ subject: subject.slice(0, 12) }),
  'a Message-ID': ({ messageIdField }) => ({ messageIdField }),
  'a queue id': ({ text }) => ({
    reply:
      text.split(' ').at(-1) === 'gsmtp' ? (text.split(' ')[2] ?? text) : (text.split(' ').at(-1) ?? text),
  }),
  'a bounce, by its words': ({ recipient }) => ({
    reply: 'user unknown',
    recipientPart: recipient.slice(0, 5),
  }),
  'common words, bounced': ({ subject }) => ({ search: subject.slice(0, 8), state: 'bounced' }),
  'nothing, of rare parts': () => ({ search: 'zq7x9-nowhere' }),
  'nothing, of common parts': () => ({ subject: 'order has password reset invoice' }),
  'a week, anywhere': ({ acceptedAtMs, recipient }) => ({
    search: recipient.slice(0, 7),
    sinceMs: acceptedAtMs - 3 * 86_400_000,
    untilMs: acceptedAtMs + 4 * 86_400_000,
  }),
};
const WHO = { 'the largest account': 0, 'a small account': 12, 'all accounts': undefined } as const;

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    store: { type: 'string', default: 'sqlite' },
    searches: { type: 'string', default: '1000' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    bulk: { type: 'boolean', default: false },
  },
});
const fill: MailOptions = { messages: Number(values.messages), lastAtMs: 1_800_000_000_000, days: DAYS };

interface Stand {
  readonly search: SearchWriter;
  readonly reader: SearchReader;
  readonly indexBytes: () => Promise<{
    readonly index: number;
    readonly all: number;
    readonly runs: number;
    readonly blocks: number;
  }>;
  readonly close: () => Promise<void>;
}

const seconds = (sinceMs: number) => (systemClock.monotonic() - sinceMs) / 1_000;
const say = (words: string) => {
  if (!values.json) process.stderr.write(`${words}\n`);
};

/** As the store does, but many at once. */
function indexInBulk(dataDir: string): void {
  const db = new Database(databasePath(dataDir));
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -400000');
  const steps = new StepRunner(db);
  const startMs = systemClock.monotonic();
  let documents = 0;
  for (let more = true, count = 1; more; count++) {
    const step = db.transaction(() => steps.run(indexSome(fill.lastAtMs + 8 * 86_400_000, BULK)))();
    documents += step.documents;
    ({ more } = step);
    if (count % 100 === 0) say(`indexed ${documents} in ${seconds(startMs).toFixed(0)} s`);
  }
  process.stdout.write(
    `${JSON.stringify({ documents, seconds: round(seconds(startMs)), cpu: process.cpuUsage() })}\n`,
  );
  db.close();
}

async function sqliteStand(dataDir: string): Promise<Stand> {
  const isNew = !existsSync(databasePath(dataDir));
  mkdirSync(dataDir, { recursive: true });
  const open = () =>
    openSqliteStore({ dataDir, clock: systemClock, random: systemRandom, log: silentLog, exclusive: true });
  if (isNew) {
    await open().close();
    const startMs = systemClock.monotonic();
    fillSqlite(dataDir, fill);
    say(`filled in ${seconds(startMs).toFixed(0)} s`);
  }
  if (values.bulk) indexInBulk(dataDir);
  const store = open();
  const reader = openSqliteReader(dataDir);
  return {
    search: store.search,
    reader,
    indexBytes: () => {
      const db = new Database(databasePath(dataDir), { readonly: true });
      const row = db
        .prepare<[], { bytes: number; blocks: number; runs: number }>(
          `SELECT sum(length(data)) AS bytes, count(*) AS blocks, (SELECT count(*) FROM search_run) AS runs FROM search_block`,
        )
        .get();
      db.close();
      const all = statSync(databasePath(dataDir)).size;
      return Promise.resolve({ index: row?.bytes ?? 0, all, runs: row?.runs ?? 0, blocks: row?.blocks ?? 0 });
    },
    async close() {
      reader.close();
      await store.close();
    },
  };
}

async function indexPostgresInBulk(url: string): Promise<void> {
  const database = new PostgresDatabase({
    ...{ url, preparedStatements: 'auto' as const, clock: systemClock, random: systemRandom },
    ...{ maxConnections: 1, applicationName: 'bench' },
  });
  const steps = new PostgresStepRunner(database);
  const startMs = systemClock.monotonic();
  let documents = 0;
  for (let more = true; more;) {
    const step = await steps.write(() => indexSome(fill.lastAtMs + 8 * 86_400_000, BULK));
    documents += step.documents;
    ({ more } = step);
  }
  process.stdout.write(`${JSON.stringify({ documents, seconds: round(seconds(startMs)) })}\n`);
  await database.close();
}

async function postgresStand(dataDir: string): Promise<Stand> {
  const server = await startPostgres();
  const url = server.url;
  const options = {
    ...{ url, dataDir, clock: systemClock, random: systemRandom, log: silentLog },
    ...{ preparedStatements: 'auto' as const, nodeName: 'bench', version: '0' },
  };
  await migrateDatabase(url, systemClock);
  const startMs = systemClock.monotonic();
  await fillPostgres(url, fill);
  say(`filled in ${seconds(startMs).toFixed(0)} s`);
  if (values.bulk) await indexPostgresInBulk(url);
  const store = await openPostgresStore(options);
  const reader = openPostgresReader(options);
  return {
    search: store.search,
    reader,
    async indexBytes() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ bytes: string; all: string; runs: string; blocks: string }>(
        `SELECT pg_total_relation_size('search_block') AS bytes, pg_database_size(current_database()) AS all,
           (SELECT count(*) FROM search_run) AS runs, (SELECT count(*) FROM search_block) AS blocks`,
      );
      await client.end();
      const [row] = rows;
      const number = (of: string | undefined) => Number(of ?? 0);
      return {
        index: number(row?.bytes),
        all: number(row?.all),
        runs: number(row?.runs),
        blocks: number(row?.blocks),
      };
    },
    async close() {
      await reader.close();
      await store.close();
      await server.stop();
    },
  };
}

async function indexAll({ search }: Stand): Promise<{
  readonly documents: number;
  readonly seconds: number;
  readonly longestMs: number;
  readonly p99Ms: number;
}> {
  const startMs = systemClock.monotonic();
  const steps: number[] = [];
  let documents = 0;
  for (let more = true; more;) {
    const stepMs = systemClock.monotonic();
    const step = await search.indexSome(fill.lastAtMs + 8 * 86_400_000);
    steps.push(systemClock.monotonic() - stepMs);
    documents += step.documents;
    ({ more } = step);
    if (steps.length % 5_000 === 0) say(`indexed ${documents} in ${seconds(startMs).toFixed(0)} s`);
  }
  return {
    documents,
    seconds: seconds(startMs),
    longestMs: Math.max(0, ...steps.slice(-1e5)),
    p99Ms: quantile(steps, 0.99),
  };
}

function quantile(of: readonly number[], share: number): number {
  const sorted = [...of].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Until fifty are found or all is examined: what an edge does for one page. */
async function searchOnce(reader: SearchReader, search: Partial<MessageSearch>) {
  const startMs = systemClock.monotonic();
  const cpu = process.cpuUsage();
  let found = 0;
  let reads = 0;
  let longestMs = 0;
  let before: string | undefined;
  do {
    const readMs = systemClock.monotonic();
    const page = await reader.searchMessages({ ...allMessages(), ...search, before, limit: 50 - found });
    longestMs = Math.max(longestMs, systemClock.monotonic() - readMs);
    found += page.messages.length;
    reads++;
    before = page.next;
  } while (before !== undefined && found < 50);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: systemClock.monotonic() - startMs, cpuMs: (user + system) / 1_000, reads, longestMs, found };
}

/** Messages that exist, spread over all. */
function samples(count: number): readonly MadeMessage[] {
  const random = seededRandom(7);
  return Array.from({ length: count * 20 }, () =>
    messageOf(Math.floor(random.float() * fill.messages), fill),
  );
}

async function measure({ reader }: Stand): Promise<readonly object[]> {
  const each = Math.ceil(Number(values.searches) / (Object.keys(KINDS).length * Object.keys(WHO).length));
  const all = samples(Number(values.searches));
  const lines: object[] = [];
  const every: { readonly ms: number; readonly cpuMs: number }[] = [];
  for (const [who, account] of Object.entries(WHO)) {
    const mine = account === undefined ? all : all.filter((message) => message.account === account);
    for (const [kind, make] of Object.entries(KINDS)) {
      const results: Awaited<ReturnType<typeof searchOnce>>[] = [];
      for (let index = 0; index < each; index++) {
        const message = mine[(index * 37) % mine.length];
        if (message === undefined) continue;
        const accountId = account === undefined ? undefined : benchAccountId(account);
        results.push(await searchOnce(reader, { ...make(message), accountId }));
      }
      const times = results.map(({ ms }) => ms);
      if (account !== undefined) every.push(...results);
      const of = (part: 'reads' | 'found' | 'longestMs' | 'cpuMs') => results.map((result) => result[part]);
      lines.push({
        who,
        kind,
        searches: times.length,
        p50: round(quantile(times, 0.5)),
        p99: round(quantile(times, 0.99)),
        cpu50: round(quantile(of('cpuMs'), 0.5)),
        cpu99: round(quantile(of('cpuMs'), 0.99)),
        reads: quantile(of('reads'), 0.5),
        longestRead: round(Math.max(...of('longestMs'))),
        found: quantile(of('found'), 0.5),
      });
    }
  }
  lines.push({
    who: 'accounts',
    kind: 'all',
    searches: every.length,
    p50: round(
      quantile(
        every.map(({ ms }) => ms),
        0.5,
      ),
    ),
    p99: round(
      quantile(
        every.map(({ ms }) => ms),
        0.99,
      ),
    ),
    cpu50: round(
      quantile(
        every.map(({ cpuMs }) => cpuMs),
        0.5,
      ),
    ),
    cpu99: round(
      quantile(
        every.map(({ cpuMs }) => cpuMs),
        0.99,
      ),
    ),
  });
  return lines;
}

function round(of: number): number {
  return Math.round(of * 10) / 10;
}

const dataDir = values.dir ?? mkdtempSync(path.join(tmpdir(), 'postern-search-'));
const stand = values.store === 'postgres' ? await postgresStand(dataDir) : await sqliteStand(dataDir);
try {
  const indexed = await indexAll(stand);
  if (indexed.documents > 0)
    process.stdout.write(
      `${JSON.stringify({ ...indexed, perSecond: Math.round(indexed.documents / indexed.seconds) })}\n`,
    );
  const { index, all, runs, blocks } = await stand.indexBytes();
  process.stdout.write(
    `${JSON.stringify({ indexBytes: index, perMessage: round(index / fill.messages), databaseBytes: all, runs, blocks })}\n`,
  );
  for (const line of await measure(stand)) process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await stand.close();
  if (!values.keep) rmSync(dataDir, { recursive: true, force: true });
}
