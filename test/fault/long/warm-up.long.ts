/** Months of a warm-up on both engines: more nodes, more seeds, all that may come in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeOnPostgres } from '../../conformance/store/postgres-engine.ts';
import { openSqlite } from '../../conformance/store/sqlite-engine.ts';
import { simulateWeeks, type WeeksOptions } from '../../simulation/warm-up-weeks.ts';

const CEILINGS = [20, 28, 39, 55, 77, 108, 151, 211, 295, 413, 579, 810, 1_000, 1_587, 2_222, 3_111];
const SEEDS = Array.from({ length: 12 }, (_, at) => 100 + at);

async function expectNoneExceeded(options: Omit<WeeksOptions, 'ceilings'>): Promise<void> {
  const { problems, met } = await simulateWeeks({ ...options, ceilings: CEILINGS });
  expect(problems).toEqual([]);
  for (const [what, count] of Object.entries(met)) expect(count, what).toBeGreaterThan(0);
}

it.each(SEEDS)(
  'no ceiling is exceeded in six weeks on SQLite (seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-weeks-'));
    const store = openSqlite(dataDir);
    try {
      await expectNoneExceeded({ seed, days: 42, nodes: 1 + (seed % 3), store: store.egress });
    } finally {
      await store.close();
      rmSync(dataDir, { recursive: true });
    }
  },
);

describeOnPostgres('weeks on PostgreSQL', (engine) => {
  it.each([1, 2, 3])('no ceiling is exceeded by four nodes (seed %i)', { timeout: 600_000 }, async (seed) => {
    const store = await engine.open(`weeks-${seed}`);
    await expectNoneExceeded({ seed, days: 14, nodes: 4, store: store.egress });
    await store.close();
  });
});
