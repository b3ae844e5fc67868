/** Every report of test/corpus/sources, one by one: who is named, what became of each, and whose fault it is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { LAST_REPORTS } from '../../corpus/sources/last-reports.ts';
import { LATER_REPORTS } from '../../corpus/sources/later-reports.ts';
import { readReports } from '../../corpus/sources/read-reports.ts';
import { SOURCE_REPORTS } from '../../corpus/sources/source-reports.ts';

const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

const reports = [...SOURCE_REPORTS, ...LATER_REPORTS, ...LAST_REPORTS];

describe('a report from the documents', () => {
  it.each(reports.map((report) => [report.program, report.fields?.[0] ?? report.text, report] as const))(
    '%s: %s',
    async (_program, _text, report) => {
      expect((await readReports([report], rules)).misses).toEqual([]);
    },
  );
});
