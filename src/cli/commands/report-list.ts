/** `relayctl report list`: unverified reports. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import type { UnverifiedReport } from '../../store/reports.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { relative } from '../output/time-words.ts';
import { reportJson } from '../../api-json/report-json.ts';

export const reportList: CommandSpec = {
  path: 'report list',
  summary: 'List unverified reports, the newest first; they have no effect until applied',
  details:
    'A bounce is verified by the token in its recipient address, a complaint by a known provider that returns the message with its X-Relay-Report-Token. ' +
    'Other reports are kept for retention.reports (7 days), at most 1,000 an account.',
  options: [
    { flags: '--before <id>', meaning: 'older than this report: the next page' },
    { flags: '--limit <number>', meaning: 'how many at most (default: 50)' },
  ],
  examples: [
    { type: 'report list', does: 'the latest' },
    { type: 'report list --account shop --limit 1000', does: 'all of one account' },
    {
      type: 'report list --json | jq -r \'select(.kind == "complaint").id\'',
      does: 'complaints, for a script',
    },
  ],
  run: listReports,
};

const DEFAULT_LIMIT = 50;

async function listReports(context: CommandContext, { options }: CommandInput): Promise<void> {
  const limit = options.wholeNumber('limit') ?? DEFAULT_LIMIT;
  const before = options.text('before');
  const all = await flatMapInTurn(await context.accounts(), ({ id }) =>
    context.reader.unverifiedReports(id, before, limit),
  );
  const reports = all.sort((one, other) => other.receivedAtMs - one.receivedAtMs).slice(0, limit);
  if (context.global.json) for (const one of reports) await context.printJsonLine(reportJson(one));
  else if (reports.length === 0) context.note('There are no unverified reports.');
  else context.print(await renderReports(context, reports));
}

async function renderReports(context: CommandContext, reports: readonly UnverifiedReport[]): Promise<string> {
  const { io, paint, nowMs } = context;
  return renderTable(
    [
      { title: 'RECEIVED', text: ({ receivedAtMs }) => relative(receivedAtMs, nowMs) },
      { title: 'REPORT', text: ({ id }) => id },
      {
        title: 'KIND',
        text: ({ kind, appliedAtMs }) => (appliedAtMs === undefined ? kind : `${kind}, applied`),
      },
      { title: 'RECIPIENT', text: ({ recipient }) => recipient ?? '-', shrinks: true },
      { title: 'WHY', text: ({ why }) => why, shrinks: true },
      {
        title: 'ACCOUNT',
        text: ({ accountName }) => accountName,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    reports,
    { width: io.columns, paint },
  );
}
