/** The SQLite engine and the death of its process: what was said to be durable is; the lock never outlives it. */
import { joinStore } from '../../support/join-store.ts';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { eventually } from '../../support/eventually.ts';
import { allMessages, claimAll, deliveriesOf } from './fixtures.ts';

const CHILD = path.join(import.meta.dirname, 'store-child.ts');

describe('crash', () => {
  let dataDir: string;
  let children: ChildProcess[];
  let closers: (() => Promise<void>)[];

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-crash-'));
    children = [];
    closers = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const close of closers) await close();
    rmSync(dataDir, { recursive: true });
  });

  const start = (part: string): { lines: string[]; kill: () => Promise<void> } => {
    const child = spawn(process.execPath, [CHILD, dataDir, part], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const lines: string[] = [];
    const reading = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ended = new Promise<void>((resolve) => reading.once('close', () => resolve()));
    return {
      lines,
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  };

  const open = () => {
    const options = { dataDir, clock: systemClock, random: systemRandom, log: silentLog, reserveBytes: 0 };
    const store = openSqliteStore({ ...options, exclusive: true });
    const reader = openSqliteReader(dataDir);
    const close = async () => {
      reader.close();
      await store.close();
    };
    closers.push(close);
    return { ...joinStore(reader, store), close };
  };

  test('kill -9 in the middle of the work loses nothing that was durable and delays nothing', async () => {
    const said = new Set<string>();
    for (let round = 1; round <= 3; round++) {
      const { lines, kill } = start('work');
      await eventually(() => lines.length > 300, { timeoutMs: 30_000 });
      await kill();
      for (const line of lines) said.add(line);
      await checkStatistics(dataDir);
    }
    const store = open();
    const views = await store.queue.listMessages({ ...allMessages(), limit: 1_000_000 });
    const ids = new Set(views.map(({ facts }) => facts.id));
    const deliveries = views.flatMap((view) => view.deliveries);
    const delivered = new Set(deliveries.filter(({ state }) => state === 'delivered').map(({ id }) => id));
    for (const line of said) {
      const [what, id = ''] = line.split(' ');
      if (what === 'accepted') expect(ids).toContain(id);
      if (what === 'delivered') expect(delivered).toContain(id);
    }
    expect(ids.size).toBeGreaterThan(100);
    expect(delivered.size).toBeGreaterThan(10);
    for (const { facts } of views.slice(0, 500)) {
      const contentId = (await store.queue.contentIdOf(facts.id))!;
      expect(await store.content.chunkCount(contentId)).toBe(1);
      expect((await store.content.readChunk(contentId, 0)).length).toBeGreaterThan(0);
    }
    const open_ = deliveries.filter(({ state }) => state !== 'delivered');
    expect(open_.every(({ claimed }) => !claimed)).toBe(true);
    const { claims } = await claimAll(store.spool, { limit: 1_000_000, limitPerDestination: 1_000_000 });
    expect(deliveriesOf(claims)).toHaveLength(open_.length);
    await store.close();
    checkIntegrity(dataDir);
    await checkStatistics(dataDir);
  });

  test('a second relayd on the folder is refused, until the first is gone', async () => {
    const { lines, kill } = start('hold');
    await eventually(() => lines.includes('open'));
    expect(open).toThrow(
      expect.objectContaining({
        code: 'locked',
        message: expect.stringContaining('another relayd') as string,
      }) as Error,
    );
    await kill();
    const store = open();
    const second = start('hold');
    await eventually(() => second.lines.length > 0);
    expect(second.lines[0]).toMatch(/^error locked another relayd/);
    expect(open).toThrow(expect.objectContaining({ code: 'locked' }) as Error);
    await store.close();
    open();
  });
});

function checkIntegrity(dataDir: string): void {
  const db = new Database(databasePath(dataDir));
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  const wrong = db
    .prepare(
      `SELECT t.name FROM destination t WHERE t.queued <>
       (SELECT count(*) FROM delivery d WHERE d.destination_id = t.id AND d.state = 'queued') OR t.delivered <>
       (SELECT count(*) FROM delivery d WHERE d.destination_id = t.id AND d.state = 'delivered')`,
    )
    .all();
  expect(wrong).toEqual([]);
  const open = db
    .prepare(
      `SELECT m.id FROM message m WHERE m.unsettled <>
       (SELECT count(*) FROM delivery d WHERE d.id BETWEEN m.id * 16384 AND m.id * 16384 + 16383
        AND d.settled_at IS NULL)`,
    )
    .all();
  expect(open).toEqual([]);
  db.close();
}

/** What was counted is what the log of events has, also what is not folded yet. */
async function checkStatistics(dataDir: string): Promise<void> {
  const db = new Database(databasePath(dataDir), { readonly: true });
  const events = db
    .prepare<[], { name: string; type: string; count: number }>(
      `SELECT substr(recipient, instr(recipient, '@') + 1) AS name, type, count(*) AS count
      FROM event GROUP BY 1, 2`,
    )
    .all();
  db.close();
  const reader = openSqliteReader(dataDir);
  const nowMs = systemClock.now();
  const query = {
    accountIds: [],
    fromMs: nowMs - 86_400_000,
    toMs: nowMs + 86_400_000,
    of: undefined,
    limit: 99,
  };
  for (const span of ['hour', 'day'] as const) {
    const { names, total } = await reader.statistics({ ...query, span, group: 'destination' });
    const counted = names.flatMap(({ name, counts: { accepted, delivered } }) => [
      { name, type: 'accepted', count: accepted },
      ...(delivered > 0 ? [{ name, type: 'delivered', count: delivered }] : []),
    ]);
    expect(new Set(counted)).toEqual(new Set(events));
    expect(total.counts.accepted).toBeGreaterThan(100);
    expect(total.counts.accepted + total.counts.delivered).toBe(
      events.reduce((sum, { count }) => sum + count, 0),
    );
  }
  reader.close();
}
