/**
 * What a year of statistics costs to read: a range of the primary key that has a bounded number of rows, whatever was
 * sent. The clock is not asked; the figures are in docs/statistics.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { insertFirstAccount } from '../../../src/store/sql/directory/accounts.ts';
import { StepRunner } from '../../../src/store/sqlite/engine/step-runner.ts';
import { firstDayOf, inMonths, monthOf } from '../../../src/store/sql/statistics/statistic-months.ts';
import { statisticReads } from '../../../src/store/sql/statistics/statistics-reads.ts';
import { encodeTimes } from '../../../src/store/delivery-times.ts';
import { NAMES_A_DAY, OTHER_NAMES, SPAN_MS, type StatisticQuery } from '../../../src/store/stats.ts';

const DAYS = 365;
const FIRST_DAY = 20_000;
const DESTINATIONS = NAMES_A_DAY.destination;
const A_DAY_EACH = 1_000_000;

let dataDir: string;
let db: Database;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-year-'));
  db = openWriter(dataDir, 100);
  new StepRunner(db).run(insertFirstAccount({ id: 'acc_1', name: 'default', createdAtMs: 1 }));
  fillYear();
});
afterEach(() => {
  db.close();
  rmSync(dataDir, { recursive: true });
});

/** A million messages a day to each destination, by day, and by hour for the last 90 days. */
function fillYear(): void {
  const times = Buffer.from(
    encodeTimes(new Map(Array.from({ length: 20 }, (_, step) => [40 + step, A_DAY_EACH / 20]))),
  );
  const insert = db.prepare(
    `INSERT INTO statistic (span, account_id, kind, number, name, accepted, delivered, times)
    VALUES (?, 1, ?, ?, ?, ?, ?, ?)`,
  );
  const names = [...Array.from({ length: DESTINATIONS }, (_, index) => `d${index}.test`), OTHER_NAMES];
  db.exec('BEGIN');
  for (let day = 0; day < DAYS; day++) {
    const total = names.length * A_DAY_EACH;
    insert.run(2, 1, FIRST_DAY + day, '', total, total, times);
    for (const name of names) insert.run(2, 4, FIRST_DAY + day, name, A_DAY_EACH, A_DAY_EACH, times);
  }
  // As the fold writes them. The year is none of the calendar's: days remain on both sides.
  for (let month = monthOf(FIRST_DAY); month <= monthOf(FIRST_DAY + DAYS); month++) {
    const first = Math.max(firstDayOf(month), FIRST_DAY);
    const count = (Math.min(firstDayOf(month + 1), FIRST_DAY + DAYS) - first) * A_DAY_EACH;
    for (const name of names) insert.run(3, 4, month, name, count, count, times);
  }
  for (let hour = 0; hour < 24 * 90; hour++)
    insert.run(1, 1, (FIRST_DAY + DAYS - 90) * 24 + hour, '', 1, 1, times);
  db.exec('COMMIT');
}

const year = {
  accountIds: ['acc_1'],
  span: 'day',
  fromMs: FIRST_DAY * SPAN_MS.day,
  toMs: (FIRST_DAY + DAYS) * SPAN_MS.day,
  of: undefined,
  limit: 20,
} as const;

function statistics(query: StatisticQuery) {
  return new StepRunner(db).run(statisticReads.statistics(query));
}

test('a year by destination gives the sums of seventy billion messages', () => {
  const { total, periods, names, moreNames } = statistics({ ...year, group: 'destination' });
  expect(total.counts.accepted).toBe((DESTINATIONS + 1) * A_DAY_EACH * DAYS);
  expect(periods.length).toBe(DAYS);
  expect([names.length, moreNames]).toEqual([20, DESTINATIONS + 1 - 20]);
  expect(names.every(({ counts }) => counts.delivered === A_DAY_EACH * DAYS)).toBe(true);
  const one = statistics({
    ...year,
    group: undefined,
    of: { group: 'destination', name: 'd7.test' },
  });
  expect(one.total.counts.accepted).toBe(A_DAY_EACH * DAYS);
});

test('every statement searches the primary key, for one account and a range of days', () => {
  const plans: string[] = [];
  const recorder = new Proxy(db, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name, target) as unknown;
      return (sql: string) => {
        const plan = db
          .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...[...sql.matchAll(/\?/g)].map(() => '[]'));
        if (/(?:FROM|JOIN) statistic\s/.test(sql)) plans.push(plan.map(({ detail }) => detail).join('; '));
        return target.prepare(sql);
      };
    },
  });
  const steps = new StepRunner(recorder);
  steps.run(statisticReads.statistics({ ...year, group: 'destination' }));
  const of = { group: 'destination', name: 'd7.test' } as const;
  steps.run(statisticReads.statistics({ ...year, group: undefined, of }));
  expect(plans.length).toBe(4);
  const range = 'USING PRIMARY KEY (span=? AND account_id=? AND kind=? AND number>? AND number<?)';
  const point = 'USING PRIMARY KEY (span=? AND account_id=? AND kind=? AND number=? AND name=?)';
  for (const plan of plans) expect(plan.includes(range) || plan.includes(point), plan).toBe(true);
});

test('names are read by month, with the days around', () => {
  const { months, days } = inMonths([FIRST_DAY, FIRST_DAY + DAYS]);
  const count = (span: number, [from, to]: readonly [number, number]) =>
    db
      .prepare<number[], number>(
        'SELECT count(*) FROM statistic WHERE span = ? AND kind = 4 AND number >= ? AND number < ?',
      )
      .pluck()
      .get(span, from, to) ?? 0;
  const rows = count(3, months) + days.reduce((sum, range) => sum + count(2, range), 0);
  expect(rows).toBeLessThan((12 + 2 * 31) * (DESTINATIONS + 1));
});

test.each([
  [[19_723, 19_723], [0, 0], [[19_723, 19_723]]],
  // 2024-01-01 to 2025-01-01.
  [[19_723, 20_089], [648, 660], []],
  [[19_724, 20_089], [649, 660], [[19_724, 19_754]]],
  [
    [19_722, 20_090],
    [648, 660],
    [
      [19_722, 19_723],
      [20_089, 20_090],
    ],
  ],
  [[19_730, 19_760], [0, 0], [[19_730, 19_760]]],
] as const)('days %j are months %j and days %j', (range, months, days) => {
  expect(inMonths(range)).toEqual({ months, days });
});
