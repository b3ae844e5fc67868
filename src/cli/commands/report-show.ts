/** `relayctl report show`: one unverified report: its contents and its header section. */
import type { Report } from '../../dsn/read/report.ts';
import { formatReply } from '../../smtp/reply.ts';
import type { UnverifiedReportContent } from '../../store/reports.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findReport } from '../input/lookup.ts';
import { visible } from '../../platform/visible-text.ts';
import { fullTime } from '../output/time-words.ts';
import { reportContentJson, reportJson } from '../../api-json/report-json.ts';

export const reportShow: CommandSpec = {
  path: 'report show',
  summary: 'Show an unverified report: its contents, why it has no effect, its header section',
  arguments: '<id>',
  details: 'All of it was written by an unknown sender. The message that it names is a hint, not a proof.',
  examples: [
    { type: 'report show rpt_01k9q3...', does: 'one report' },
    { type: 'report show rpt_01k9q3... --json | jq -r .headers', does: 'its header section' },
  ],
  run: showReport,
};

async function showReport(context: CommandContext, input: CommandInput): Promise<void> {
  const kept = await findReport(context, input.arguments[0] ?? '');
  const reading = kept.reading === undefined ? undefined : (JSON.parse(kept.reading) as Report);
  if (context.global.json) context.printJson({ ...reportJson(kept), ...reportContentJson(kept, reading) });
  else context.print(render(kept, reading));
}

function render(kept: UnverifiedReportContent, reading: Report | undefined): string {
  const { id, kind, accountName, receivedAtMs, client, why, messageId, appliedAtMs } = kept;
  const lines: (readonly [string, string | undefined])[] = [
    ['Report', id],
    ['Received', `${fullTime(receivedAtMs)} from ${client}, for account ${accountName}`],
    ['Kind', kind],
    ['Changes nothing', why],
    ['Names message', messageId],
    ['Message-ID', reading?.returned?.messageId],
    ['Subject', reading?.returned?.subject],
    ['Applied', appliedAtMs === undefined ? undefined : fullTime(appliedAtMs)],
    ...(reading?.recipients ?? []).map((one) => {
      const said = one.reply === undefined ? one.text : formatReply(one.reply);
      const what = one.feedbackType ?? one.action;
      return [
        'Recipient',
        `${one.originalRecipient ?? one.recipient ?? 'not named'}: ${what} ${said}`,
      ] as const;
    }),
  ];
  const facts = lines.flatMap(([label, text]) =>
    text === undefined ? [] : [`${`${label}:`.padEnd(17)}${visible(text)}`],
  );
  // Marked, so that no line of a stranger's passes for one of ours.
  const header = Buffer.from(kept.headers)
    .toString()
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `| ${visible(line)}`);
  return [...facts, '', ...header, ''].join('\n');
}
