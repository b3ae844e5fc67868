/** `relayctl suppression export`: every suppression, in a form that `suppression import` and spreadsheets read. */
import type { Suppression } from '../../store/records.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { csvLine } from '../input/csv.ts';
import { EXPORT_COLUMNS } from '../input/suppression-rows.ts';
import { timestamp } from '../output/time-words.ts';
import { scopeName, suppressionShape } from '../../shape/suppression-shape.ts';
import { activeSuppressions } from '../suppression-pages.ts';

export const suppressionExport: CommandSpec = {
  path: 'suppression export',
  summary: 'Write all suppressions to standard output',
  details: 'As CSV, or as one JSON object a line (--format json, or --json). Expired ones are left out.',
  options: [{ flags: '--format <format>', meaning: 'csv (the default) or json' }],
  examples: [
    { type: 'suppression export > suppressed.csv', does: 'of all accounts' },
    { type: 'suppression export --account shop --json > shop.jsonl', does: 'of one account' },
  ],
  run: exportSuppressions,
};

function exportSuppressions(context: CommandContext, { options }: CommandInput): void {
  const format = options.choice('format', ['csv', 'json']) ?? (context.global.json ? 'json' : 'csv');
  if (format === 'csv') context.io.out(csvLine(EXPORT_COLUMNS));
  for (const page of activeSuppressions(context)) {
    const lines = page.map((one) =>
      format === 'csv' ? csvLine(fieldsOf(one)) : JSON.stringify(suppressionShape(one)) + '\n',
    );
    context.io.out(lines.join(''));
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
