/** No ceiling is ever exceeded: weeks of a warm-up, over nodes, crashes, a failing store and clocks that jump. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../conformance/store/sqlite-engine.ts';
import type { OpenedStore } from '../conformance/store/engine.ts';
import { simulateWeeks, type WeeksOptions } from './warm-up-weeks.ts';

const CEILINGS = [40, 60, 90, 130, 180, 250, 350, 450, 600, 750, 900, 1_000, 1_100, 1_200];

describe('weeks of a warm-up', () => {
  let dataDir: string;
  let opened: OpenedStore;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-weeks-'));
    opened = openSqlite(dataDir);
  });
  afterEach(async () => {
    await opened.close();
    rmSync(dataDir, { recursive: true });
  });

  const weeks = (options: Partial<WeeksOptions>) =>
    simulateWeeks({
      ...{ seed: 1, days: 21, nodes: 2, store: opened.egress, ceilings: CEILINGS },
      ...options,
    });

  test.each([1, 2])('exceed no ceiling, whatever happens (seed %i)', async (seed) => {
    const { problems, met, taken } = await weeks({ seed });
    expect(problems).toEqual([]);
    // It has met all of it.
    for (const [what, count] of Object.entries(met)) expect(count, what).toBeGreaterThan(0);
    expect(taken.size).toBeGreaterThan(10);
  });

  test('are over when the plan is, where nothing goes wrong', async () => {
    const { problems, warmAfterDays } = await weeks({ calm: true, seed: 3 });
    expect(problems).toEqual([]);
    expect(warmAfterDays).toBe(CEILINGS.length);
  });

  test('are seen to exceed a ceiling when a store gives out more than it has', async () => {
    const store = {
      ...opened.egress,
      leaseSource: async (request: Parameters<typeof opened.egress.leaseSource>[0]) => {
        const lease = await opened.egress.leaseSource(request);
        return { ...lease, granted: request.wanted };
      },
    };
    const { problems } = await weeks({ store, calm: true, days: 3 });
    expect(problems[0]).toMatch(/^day 20454, step 0: taken \d+, reserved 40, ceiling 40/);
  });
});
