/** A database that may not grow: mail is refused, outcomes are written, and what is in memory stays as the file is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { createContext } from '../../../src/store/sqlite/engine/context.ts';
import { insertFirstAccount } from '../../../src/store/sql/directory/accounts.ts';
import { FreeSpace } from '../../../src/store/sqlite/engine/free-space.ts';
import { GroupCommit } from '../../../src/store/sqlite/engine/group-commit.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { SqliteSpool } from '../../../src/store/sqlite/spool/spool.ts';
import { damageOf, storeError } from '../../../src/store/sqlite/engine/sqlite-error.ts';
import { Sweeper } from '../../../src/store/sqlite/engine/sweeper.ts';
import type { OpenedStore } from '../../conformance/store/engine.ts';
import { newMessage, recordingListener, ROOMY, settleAll } from '../../conformance/store/fixtures.ts';

test('a full database refuses mail, writes outcomes, and goes on when there is room', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-full-'));
  const db = openWriter(dataDir, 100);
  const context = createContext(db, systemClock, 1);
  context.steps.run(insertFirstAccount({ id: 'acc_1', name: 'default', createdAtMs: 1 }));
  const commits = new GroupCommit({
    transaction: context.transaction,
    damageOf,
    storeError: (error) => storeError(error, 'db'),
    schedule: (callback) => void setImmediate(callback),
    onFailure(error) {
      throw error;
    },
  });
  const spool = new SqliteSpool({
    context,
    commits,
    sweeper: new Sweeper(context, commits),
    freeSpace: new FreeSpace(dataDir, 0, systemClock),
    mayClaim: true,
  });
  const reader = openSqliteReader(dataDir);
  const feed = recordingListener();
  spool.openFeed({ ...ROOMY, maxContentBytes: 300_000, maxDeliveriesPerDestination: 3 }, feed);
  const large = (recipient: string) =>
    newMessage({ directory: reader } as unknown as OpenedStore, {
      content: 'x'.repeat(200_000),
      recipients: [recipient],
    });

  await spool.accept(await large('first@example.com'));
  const [first] = feed.claims.splice(0);
  db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 5}`);
  const results = await Promise.allSettled([
    spool.accept(await large('second@example.com')),
    settleAll(spool, [first!]),
    spool.accept(await large('third@new.example')),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code: 'disk-full' } },
    { status: 'fulfilled', value: { written: 1 } },
    { status: 'rejected', reason: { code: 'disk-full' } },
  ]);
  expect(feed.claims).toEqual([]);
  expect(context.feed.size).toBe(0);
  expect(await reader.summary(9)).toMatchObject({ queued: 0, destinations: [] });

  db.pragma('max_page_count = 1000000');
  await spool.accept(await large('fourth@new.example'));
  // The room that the refused messages had taken is free again.
  expect(feed.claims).toMatchObject([{ destination: 'new.example' }]);
  expect(feed.claims[0]!.content).toHaveLength(200_000);
  expect(await settleAll(spool, feed.claims)).toEqual({ written: 1 });
  const counts = db.prepare('SELECT name, queued, delivered FROM destination ORDER BY name').raw().all();
  expect(counts).toEqual([
    ['example.com', 0, 1],
    ['new.example', 0, 1],
  ]);
  await commits.close();
  reader.close();
  db.close();
  rmSync(dataDir, { recursive: true });
});
