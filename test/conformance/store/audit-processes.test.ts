/** The audit log while several processes write it and are killed in the middle: one whole chain, with all that was durable. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { StorePlace } from '../../../src/store/place.ts';
import { eventually } from '../../support/eventually.ts';
import { verified } from './audit-suite.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { defaultAccountId } from './fixtures.ts';
import { describeOnPostgres } from './postgres-engine.ts';
import { openSqlite, rawSqlite } from './sqlite-engine.ts';

const CHILD = path.join(import.meta.dirname, 'audit-child.ts');
const WRITERS = ['ann', 'bob', 'carl'];
const ROUNDS = 3;
const LINES_A_ROUND = 25;

/** Kills the writers when each has said so many lines; resolves to the number of changes that were durable. */
async function writeAndKill(place: StorePlace, accountId: string, round: number): Promise<number> {
  let said = 0;
  const writers = WRITERS.map((name) => {
    const args = [CHILD, JSON.stringify(place), accountId, `${name}${round}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let own = 0;
    const lines = createInterface({ input: child.stdout }).on('line', () => {
      own++;
      said++;
    });
    const ended = new Promise<void>((resolve) => lines.once('close', () => resolve()));
    return { child, ended, own: () => own };
  });
  try {
    await eventually(() => writers.every(({ own }) => own() >= LINES_A_ROUND), { timeoutMs: 60_000 });
  } finally {
    for (const { child } of writers) child.kill('SIGKILL');
    await Promise.all(writers.map(({ ended }) => ended));
  }
  return said;
}

function describeProcesses(engine: Engine, placeOf: (dataDir: string) => Promise<StorePlace>): void {
  describe('the audit log of processes that are killed', () => {
    const bench = benchFor(engine);

    test('is one whole chain with all that was durable', { timeout: 240_000 }, async () => {
      const { dataDir, open } = bench();
      const store: OpenedStore = await open();
      const accountId = await defaultAccountId(store);
      let durable = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        durable += await writeAndKill(await placeOf(dataDir), accountId, round);
        const verdict = await verified(store);
        expect(verdict.broken).toBeUndefined();
        expect(verdict.head.sequence).toBeGreaterThanOrEqual(durable);
      }
      expect(durable).toBeGreaterThanOrEqual(ROUNDS * WRITERS.length * LINES_A_ROUND);
    });
  });
}

describeProcesses(
  { open: (dataDir, options) => Promise.resolve(openSqlite(dataDir, options)), rawOf: rawSqlite },
  (dataDir) => Promise.resolve({ kind: 'sqlite', dataDir }),
);

describeOnPostgres('on PostgreSQL', (engine, database) => {
  describeProcesses(engine, async (dataDir) => ({
    ...{ kind: 'postgres', dataDir, url: database().url(await database().schemaOf(dataDir)) },
    ...{ preparedStatements: 'auto', nodeName: 'tool', version: '1.0.0' },
  }));
});
