/** A long queue as an outage leaves it: many accounts, destinations of very different size, every state that waits. */
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import { migrateDatabase } from '../src/store/postgres/migrations/migrate-database.ts';
import { openPostgresStore } from '../src/store/postgres/open.ts';
import { openPostgresReader } from '../src/store/postgres/reader.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import type { Store } from '../src/store/store.ts';
import { joinStore } from '../test/support/join-store.ts';
import { queuedFacts } from './queued-facts.ts';

/** `url` `undefined`: SQLite in the folder. */
export interface LongQueuePlace {
  readonly dataDir: string;
  readonly url: string | undefined;
}

export const LARGEST = 'd0.example';
/** One of about twenty in a million. */
export const SMALL = 'd15001.example';

const DESTINATIONS = 20_000;
const ACCOUNTS = 50;
const AT_ONCE = 1_000;
const TOGETHER = 4;
const HOUR_MS = 3_600_000;
const BODY = Buffer.from('From: a@bench.example\r\n\r\nThis one waits.\r\n');
const SURROUNDINGS = { clock: systemClock, random: systemRandom, log: silentLog } as const;

export async function fillLongQueue(place: LongQueuePlace, queued: number): Promise<void> {
  const store = await open(place);
  try {
    const accounts = Array.from({ length: ACCOUNTS }, (_, index) => `acc_bench${index}`);
    for (const [index, id] of accounts.entries())
      await store.directory.addAccount({ id, name: `account${index}`, createdAtMs: 0 }, 'bench');
    for (let at = 0; at < queued; at += AT_ONCE * TOGETHER)
      await Promise.all(
        Array.from({ length: TOGETHER }, (_, part) => {
          const from = at + part * AT_ONCE;
          const accountId = accounts[(from / AT_ONCE) % ACCOUNTS] ?? '';
          const count = Math.max(0, Math.min(AT_ONCE, queued - from));
          return store.spool.acceptAll(
            Array.from({ length: count }, (_, index) => waiting(from + index, accountId)),
          );
        }),
      );
    await putAside(store, queued);
  } finally {
    await store.close();
  }
}

/** Some are deferred, and some are held. */
async function putAside({ spool, queue }: Store, queued: number): Promise<void> {
  const nowMs = systemClock.now();
  for (let left = queued / 100; left > 0;) {
    const limit = Math.min(left, 1_000);
    const asked = { limit, limitPerDestination: limit, excludedDestinations: [] };
    const { claims } = await spool.claim({ nowMs: systemClock.now(), ...asked });
    const settlements = claims.flatMap(({ deliveries }) =>
      deliveries.map(({ deliveryId, fence }) => ({
        ...({ deliveryId, fence, state: 'deferred', nextAttemptAtMs: nowMs + HOUR_MS } as const),
        attempts: [ATTEMPT],
        event: { type: 'deferred', atMs: nowMs, data: { reply: ATTEMPT.text } } as const,
        suppression: undefined,
        countsAsAttempt: true,
      })),
    );
    await spool.settle({ nowMs, settlements, dsns: [] });
    left -= settlements.length;
  }
  const destination = 'd3.example';
  const selection = { accountId: undefined, id: undefined, destination, state: 'queued' } as const;
  await queue.hold({ ...selection, subject: 'number 8 ' }, nowMs, 'bench');
}

const ATTEMPT = {
  atMs: systemClock.now(),
  host: 'mx.bench.example',
  address: '192.0.2.1',
  tls: undefined,
  replyCode: 451,
  status: '4.7.1',
  text: 'try again later',
  stage: 'rcpt',
  durationMs: 12,
} as const;

function waiting(number: number, accountId: string): NewMessage {
  const nowMs = systemClock.now();
  const id = makeId('msg_', nowMs, systemRandom);
  // Half of it to ten destinations, the rest to all of them alike.
  const destination = `d${number % 2 === 0 ? Math.floor(((number / 2) % 55) ** 0.57) : (number * 7919) % DESTINATIONS}.example`;
  return {
    credentialVersion: undefined,
    facts: queuedFacts(
      {
        id,
        accountId,
        sizeBytes: BODY.length,
        stream: number % 3 === 0 ? 'newsletter' : 'transactional',
        reversePath: `sender${number % 100}@bench.example`,
        headerFrom: `sender${number % 100}@bench.example`,
        subject: `A subject of usual length, number ${number % 50} of many`,
        ...(number % 1_000 === 999 && { sendAtMs: nowMs + 24 * HOUR_MS }),
      },
      nowMs,
    ),
    content: { kind: 'whole', bytes: new Uint8Array(BODY) },
    deliveries: [
      {
        recipient: `user${number % 1_000}@${destination}`,
        destination,
        notify: undefined,
        originalRecipient: undefined,
        suppressedBy: undefined,
      },
    ],
  };
}

async function open({ dataDir, url }: LongQueuePlace): Promise<Store & { close(): Promise<void> }> {
  if (url === undefined) {
    const store = openSqliteStore({ ...SURROUNDINGS, dataDir, exclusive: true });
    const reader = openSqliteReader(dataDir);
    return { ...joinStore(reader, store), close: () => store.close().finally(() => reader.close()) };
  }
  const place = { ...SURROUNDINGS, url, preparedStatements: 'auto' } as const;
  await migrateDatabase(url, systemClock);
  const store = await openPostgresStore({ ...place, nodeName: 'fill', version: 'bench' });
  const reader = openPostgresReader(place);
  const close = async () => {
    while ((await store.numberEvents()) > 0);
    await store.close();
    await reader.close();
  };
  return { ...joinStore(reader, store), close };
}
