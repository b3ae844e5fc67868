/** The reader of reports in its process: every kind of hostile report within its limits, and what those limits say. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openReportReader, READING_HEAP_MIB, READING_OUTPUT_BYTES } from '../../../src/app/report-reader.ts';
import { readReport } from '../../../src/dsn/read/read-report.ts';
import type { Report } from '../../../src/dsn/read/report.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createIsolatedProcess } from '../../../src/platform/isolated-process.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { HOSTILE_REPORTS } from '../../support/hostile-reports.ts';

/** Ten times what the relay gives: this machine may be busy. What is not linear takes minutes. */
const TIME_MS = 20_000;

const reader = createIsolatedProcess({
  name: 'hostile-reports-test',
  entry: new URL('../../../src/app/isolated-reports.ts', import.meta.url),
  timeMs: TIME_MS,
  heapMiB: READING_HEAP_MIB,
  maxWaiting: 1,
  maxOutputBytes: READING_OUTPUT_BYTES,
  idleMs: 60_000,
  clock: systemClock,
  log: silentLog,
});
afterAll(() => reader.stop());

describe('a hostile report', () => {
  it.each(HOSTILE_REPORTS)('is read within the limits: $name', async ({ make, tooTelling }) => {
    const result = await reader.run<Report>('read', make(), '');
    const limit = result.kind === 'limit' ? result.limit : undefined;
    expect([result.kind, limit]).toEqual(tooTelling ? ['limit', 'output'] : ['done', undefined]);
  });
});

describe('the reader of reports', () => {
  it('says the same from its process as in this one', async () => {
    const bytes = readFileSync(
      path.resolve(import.meta.dirname, '../../fixtures/reports/sendmail-transcript.eml'),
    );
    const own = openReportReader(systemClock, silentLog);
    const reading = await own.read(bytes, '192.0.2.0/24');
    expect(reading).toEqual({ kind: 'report', report: await readReport(bytes) });
    const stopped = own.stop();
    expect(await own.read(bytes, '192.0.2.0/24')).toEqual({ kind: 'busy' });
    await stopped;
  });
});
