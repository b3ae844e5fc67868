/** `relayctl suppression export`: every suppression, in a form that `suppression import` and spreadsheets read. */
import type { Suppression } from '../../store/suppression-records.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { csvLine } from '../input/csv.ts';
import { EXPORT_COLUMNS } from '../input/suppression-rows.ts';
import { timestamp } from '../output/time-words.ts';
import { scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import { activeSuppressions } from '../input/suppression-pages.ts';

export const suppressionExport: CommandSpec = {
  path: 'suppression export',
  summary: 'Write all suppressions to standard output',
  details:
    'As CSV, or as one JSON object a line (--format json, or --json). Expired ones are left out. In CSV, an apostrophe ' +
    'precedes what a spreadsheet would read as a formula, and control characters are written as \\u001b. ' +
    'suppression import reverses both; for other programs use JSON.',
  options: [{ flags: '--format <format>', meaning: 'csv (the default) or json' }],
  examples: [
    { type: 'suppression export > suppressed.csv', does: 'of all accounts' },
    { type: 'suppression export --account shop --json > shop.jsonl', does: 'of one account' },
  ],
  run: exportSuppressions,
};

async function exportSuppressions(context: CommandContext, { options }: CommandInput): Promise<void> {
  const format = options.choice('format', ['csv', 'json']) ?? (context.global.json ? 'json' : 'csv');
  // CSV has line ends of its own, and nothing else in it that a terminal obeys.
  const writeCsv = async (lines: readonly string[]) => {
    context.io.out(Buffer.from(lines.join('')));
    await context.io.drained();
  };
  if (format === 'csv') await writeCsv([csvLine(EXPORT_COLUMNS)]);
  for await (const page of activeSuppressions(context)) {
    if (format === 'csv') await writeCsv(page.map((one) => csvLine(fieldsOf(one))));
    else for (const one of page) await context.printJsonLine(suppressionJson(one));
  }
}

function fieldsOf(one: Suppression): string[] {
  return [
    one.address,
    one.reason,
    scopeName(one.scope),
    timestamp(one.createdAtMs),
    timestamp(one.expiresAtMs) ?? '',
    one.accountName,
    one.evidence,
    one.createdBy,
  ];
}
