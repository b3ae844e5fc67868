/**
 * How long an operator waits beside a long queue: `queue list` and `queue summary` with their filters, and the count of a
 * selection, as reads of the store and as processes. The queue is a million messages of one recipient each, of 50 accounts,
 * to 20,000 destinations of very different size; a thousandth is held, as much is scheduled, a hundredth deferred.
 *
 *   npm run build && node bench/queue-views.ts [--engine sqlite|postgres] [--queued 1000000] [--times 7]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { previewSelection } from '../src/admin/queue-preview.ts';
import { withoutSettings } from '../src/config/read-environment.ts';
import { startPostgresServer, type PostgresServer } from '../src/demo/postgres-server.ts';
import { systemClock } from '../src/platform/clock.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { DeliverySelection } from '../src/store/queue-admin.ts';
import { withConnection } from '../src/store/postgres/engine/connection.ts';
import { openPostgresReader } from '../src/store/postgres/reader.ts';
import type { StoreReader } from '../src/store/open-store.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { fillLongQueue, LARGEST, SMALL, type LongQueuePlace } from './long-queue.ts';
import { alignColumns } from './table.ts';

const KEY = '11'.repeat(32);
const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    queued: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '7' },
  },
});
const times = Number(values.times);

const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-views-'));
const server =
  values.engine === 'postgres'
    ? await startPostgresServer({ durable: true, settings: ['max_wal_size=4GB', 'shared_buffers=512MB'] })
    : undefined;
try {
  const place: LongQueuePlace = { dataDir, url: server?.url };
  const startMs = performance.now();
  await fillLongQueue(place, Number(values.queued));
  if (server !== undefined) await settleTables(server);
  process.stdout.write(`filled in ${((performance.now() - startMs) / 1000).toFixed(0)} s\n`);
  const reader = openReader(place);
  const rows = [['', 'read: median ms', 'slowest', 'CPU ms', 'process: median ms', 'slowest']];
  for (const [name, read, args] of await views(reader))
    rows.push([name, ...(await measured(read)), ...(args === undefined ? ['', ''] : processes(place, args))]);
  await reader.close();
  process.stdout.write(alignColumns(rows));
} finally {
  await server?.stop();
  rmSync(dataDir, { recursive: true });
}

type View = readonly [name: string, read: () => Promise<unknown>, args?: readonly string[]];

async function views(reader: StoreReader): Promise<readonly View[]> {
  const account = (await reader.accountByName('account7'))?.id;
  const list = (parts: Partial<DeliverySelection>) => () => reader.listQueue({ ...ALL, ...parts }, 100);
  const count = (parts: Partial<DeliverySelection>) => () => previewSelection({ ...ALL, ...parts }, reader);
  return [
    ['queue summary', () => reader.summary(20), ['queue', 'summary']],
    ['queue list', list({}), ['queue', 'list']],
    [
      '--destination, the largest',
      list({ destination: LARGEST }),
      ['queue', 'list', '--destination', LARGEST],
    ],
    ['--destination, a small one', list({ destination: SMALL }), ['queue', 'list', '--destination', SMALL]],
    ['--account', list({ accountId: account }), ['queue', 'list', '--account', 'account7']],
    ['--state deferred', list({ state: 'deferred' }), ['queue', 'list', '--state', 'deferred']],
    ['--state held', list({ state: 'held' }), ['queue', 'list', '--state', 'held']],
    ['--state scheduled', list({ state: 'scheduled' }), ['queue', 'list', '--state', 'scheduled']],
    ['--recipient, one', list({ recipient: `user77@${SMALL}` })],
    ['--sender, none there', list({ sender: 'nobody@bench.example' })],
    ['--subject, none there', list({ subject: 'no such words' })],
    ['count --all', count({})],
    ['count --destination, a small one', count({ destination: SMALL })],
    ['count --sender, none there', count({ sender: 'nobody@bench.example' })],
  ];
}

async function measured(read: () => Promise<unknown>): Promise<readonly string[]> {
  const tookMs: number[] = [];
  const cpu = process.cpuUsage();
  for (let time = 0; time < times; time++) {
    const startMs = performance.now();
    await read();
    tookMs.push(performance.now() - startMs);
  }
  const { user, system } = process.cpuUsage(cpu);
  return [...figures(tookMs), ((user + system) / 1_000 / times).toFixed(1)];
}

function processes(place: LongQueuePlace, args: readonly string[]): readonly string[] {
  const tookMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const startMs = performance.now();
    const env = {
      ...withoutSettings(process.env),
      RELAY_DATA_DIR: place.dataDir,
      RELAY_HOSTNAME: 'mail.bench.example',
      ...(place.url !== undefined && { RELAY_STORE__URL: place.url, RELAY_DATA_KEY: KEY }),
    };
    const ran = spawnSync(process.execPath, ['bin/relayctl.js', ...args], { env });
    if (ran.status !== 0) throw new Error(`relayctl ${args.join(' ')}: ${ran.stderr.toString()}`);
    tookMs.push(performance.now() - startMs);
  }
  return figures(tookMs);
}

function figures(tookMs: readonly number[]): readonly string[] {
  const sorted = [...tookMs].sort((one, other) => one - other);
  return [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms = 0) => ms.toFixed(ms < 10 ? 1 : 0));
}

function openReader({ dataDir: folder, url }: LongQueuePlace): StoreReader {
  if (url === undefined) return openSqliteReader(folder);
  const tools = { clock: systemClock, random: systemRandom, log: silentLog };
  return openPostgresReader({ ...tools, url, preparedStatements: 'auto' });
}

/** The server knows its tables, as it would a while after such a queue came about. */
async function settleTables({ url }: PostgresServer): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}
