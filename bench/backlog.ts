/**
 * A queue that stays: deliveries to one destination whose host takes no connection, blocked as after a failure, written
 * by the store itself.
 */
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { Account } from '../src/store/directory-records.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import { withConnection } from '../src/store/postgres/engine/connection.ts';
import { openPostgresStore } from '../src/store/postgres/open.ts';
import { openPostgresReader } from '../src/store/postgres/reader.ts';
import type { Spool } from '../src/store/spool.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { queuedFacts } from './queued-facts.ts';

export const DEAD = 'dead.example';
/** As long as the relay's own back-off gets at the most. */
const BLOCKED_MS = 600_000;
const RECIPIENTS = 10;
const GROUP = 50;
const SURROUNDINGS = { clock: systemClock, random: systemRandom, log: silentLog } as const;
const BODY = Buffer.from('From: a@bench.example\r\n\r\nThis one waits.\r\n');

/** Adds `deliveries` (a multiple of 500 is exact) to the store in `dataDir`, which nobody else may have open. */
export async function fillSqliteQueue(dataDir: string, deliveries: number): Promise<void> {
  const store = openSqliteStore({ ...SURROUNDINGS, dataDir, exclusive: true });
  try {
    const reader = openSqliteReader(dataDir);
    const account = await reader.accountByName('default');
    reader.close();
    await fill(store.spool, account, deliveries);
  } finally {
    await store.close();
  }
}

/**
 * The same on PostgreSQL, beside no other node. Once it resolves, the events have their numbers and the server knows its tables,
 * as they would a while after such a queue came about: no level works through what is left of its making.
 */
export async function fillPostgresQueue(url: string, deliveries: number): Promise<void> {
  const place = { ...SURROUNDINGS, url, preparedStatements: 'auto' } as const;
  const store = await openPostgresStore({ ...place, nodeName: 'fill', version: 'bench' });
  try {
    const reader = openPostgresReader(place);
    const account = await reader.accountByName('default').finally(() => reader.close());
    await fill(store.spool, account, deliveries);
    while ((await store.numberEvents()) > 0);
  } finally {
    await store.close();
  }
  await withConnection(url, async (client) => {
    const { rows } = await client.query<{ left: boolean }>(
      'SELECT EXISTS (SELECT 1 FROM event_pending) AS left',
    );
    if (rows[0]?.left === true) throw new Error('events of the queue were left without a number');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}

async function fill(spool: Spool, account: Account | undefined, deliveries: number): Promise<void> {
  if (account === undefined) throw new Error('the store has no default account');
  for (let left = deliveries / RECIPIENTS; left > 0; left -= GROUP) {
    const group = Array.from({ length: GROUP }, () => waiting(account.id));
    await Promise.all(group.map((message) => spool.accept(message)));
  }
  // Last: a long queue takes minutes to write, and is to stay blocked while it is measured.
  const untilMs = systemClock.now() + BLOCKED_MS;
  await spool.blockDestinations([{ destination: DEAD, untilMs, failures: 1, lastError: 'bench' }]);
}

function waiting(accountId: string): NewMessage {
  const nowMs = systemClock.now();
  const id = makeId('msg_', nowMs, systemRandom);
  return {
    credentialVersion: undefined,
    facts: queuedFacts({ id, accountId, sizeBytes: BODY.length }, nowMs),
    content: { kind: 'whole', bytes: new Uint8Array(BODY) },
    deliveries: Array.from({ length: RECIPIENTS }, (_, index) => ({
      recipient: `user${index}@${DEAD}`,
      destination: DEAD,
      notify: undefined,
      originalRecipient: undefined,
      suppressedBy: undefined,
    })),
  };
}
