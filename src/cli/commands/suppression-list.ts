/** `relayctl suppression list`: suppressed addresses with reasons. */
import type { Suppression } from '../../store/suppression-records.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import { FILTER_OPTIONS, readFilter } from '../input/suppression-filter.ts';
import { activeSuppressions } from '../input/suppression-pages.ts';

export const suppressionList: CommandSpec = {
  path: 'suppression list',
  summary: 'List suppressed addresses',
  options: [...FILTER_OPTIONS, { flags: '--limit <number>', meaning: 'how many at most (default: all)' }],
  examples: [
    { type: 'suppression list', does: 'all, by address' },
    { type: 'suppression list --account shop', does: 'those of one account' },
    {
      type: 'suppression list --json | jq -r \'select(.reason == "unknown-address").address\'',
      does: 'addresses to take off a mailing list',
    },
  ],
  run: listSuppressions,
};

async function listSuppressions(context: CommandContext, { options }: CommandInput): Promise<void> {
  const limit = options.wholeNumber('limit') ?? Infinity;
  const rows: Suppression[] = [];
  let count = 0;
  for await (const page of activeSuppressions(context, readFilter(options))) {
    const wanted = page.slice(0, limit - count);
    count += wanted.length;
    if (context.global.json) for (const one of wanted) await context.printJsonLine(suppressionJson(one));
    else rows.push(...wanted);
    if (count >= limit) break;
  }
  if (context.global.json) return;
  if (rows.length === 0) context.note('No address is suppressed.');
  else context.print(await renderSuppressions(context, rows));
}

async function renderSuppressions(context: CommandContext, rows: readonly Suppression[]): Promise<string> {
  const { io, paint, nowMs } = context;
  return renderTable(
    [
      { title: 'ADDRESS', text: ({ address }) => address, shrinks: true },
      { title: 'REASON', text: ({ reason }) => reason },
      { title: 'SCOPE', text: ({ scope }) => scopeName(scope) },
      { title: 'SINCE', text: ({ createdAtMs }) => relative(createdAtMs, nowMs) },
      {
        title: 'EXPIRES',
        text: ({ expiresAtMs }) => (expiresAtMs === undefined ? 'never' : relative(expiresAtMs, nowMs)),
      },
      { title: 'EVIDENCE', text: ({ evidence }) => evidence, shrinks: true },
      {
        title: 'ACCOUNT',
        text: ({ accountName }) => accountName,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    rows,
    { width: io.columns, paint },
  );
}
