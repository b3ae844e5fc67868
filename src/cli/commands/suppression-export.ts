/** `relayctl suppression export`: every suppression, in a form that `suppression import` and spreadsheets read. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { suppressionJson } from '../../api-json/suppression-json.ts';
import { activeSuppressions } from '../input/suppression-pages.ts';
import { FILTER_OPTIONS, readFilter } from '../input/suppression-filter.ts';
import { PROVIDERS } from '../../admin/suppression-files/provider-records.ts';
import { EXPORT_FORMS } from '../../admin/suppression-files/export-forms.ts';

const FORMATS = ['csv', 'json', ...PROVIDERS] as const;

export const suppressionExport: CommandSpec = {
  path: 'suppression export',
  summary: 'Write all suppressions to standard output',
  details:
    'As CSV, or as one JSON object a line (--format json, or --json). Expired ones are left out. In CSV, an apostrophe ' +
    'precedes what a spreadsheet would read as a formula, and control characters are written as \\u001b. ' +
    'suppression import reverses both; for other programs use JSON.',
  options: [
    {
      flags: '--format <format>',
      meaning: `csv (the default), json, or what another provider imports: ${PROVIDERS.join(', ')}`,
    },
    ...FILTER_OPTIONS,
  ],
  examples: [
    { type: 'suppression export > suppressed.csv', does: 'of all accounts' },
    {
      type: 'suppression export --format mailgun --reason unknown-address > bounces.csv',
      does: 'for its import of bounces',
    },
    { type: 'suppression export --account shop --json > shop.jsonl', does: 'of one account' },
  ],
  run: exportSuppressions,
};

async function exportSuppressions(context: CommandContext, { options }: CommandInput): Promise<void> {
  const format = options.choice('format', FORMATS) ?? (context.global.json ? 'json' : 'csv');
  const pages = activeSuppressions(context, readFilter(options));
  if (format === 'json') {
    for await (const page of pages) for (const one of page) await context.printJsonLine(suppressionJson(one));
    return;
  }
  // CSV has line ends of its own, and nothing else in it that a terminal obeys.
  const write = async (text: string) => {
    context.io.out(Buffer.from(text));
    await context.io.drained();
  };
  const form = EXPORT_FORMS[format];
  let first = true;
  await write(form.head);
  for await (const page of pages) {
    const lines = page.map((one) => {
      const line = form.line(one, first);
      first = false;
      return line;
    });
    await write(lines.join(''));
  }
  await write(form.tail);
}
