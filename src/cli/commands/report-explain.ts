/** `relayctl report explain`: what a bounce, a complaint or a reply text means, and what to do about it. */
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { ExplainedEntry } from '../views/explained-report.ts';
import { readBytes } from '../input/file-bytes.ts';

export const reportExplain: CommandSpec = {
  path: 'report explain',
  summary: 'Explain a bounce, a complaint or the text of a reply, with the remedy',
  arguments: '<file>',
  details:
    'Reads a report (a whole message, of any mail system) or the text of a reply as in a log, from a file or (-) from standard input. Works without configuration and store.',
  examples: [
    { type: 'report explain bounce.eml', does: 'a bounce' },
    { type: "report explain - <<< '550 5.1.1 User unknown'", does: 'a reply from a log' },
    {
      type: "report explain bounce.eml --json | jq -r '.[] | select(.hard).recipient'",
      does: 'the permanently bad addresses',
    },
  ],
  run: explainReportCommand,
};

/** What of a report is looked at. */
const MAX_BYTES = 2 * 1024 * 1024;

async function explainReportCommand(context: CommandContext, input: CommandInput): Promise<void> {
  const file = input.arguments[0] ?? '-';
  // The beginning is enough; the rest is not read.
  const bytes = (await readBytes(context, file, MAX_BYTES)).subarray(0, MAX_BYTES);
  // The reader of reports is loaded only when it is used: it would slow down every other command.
  const { explainReport } = await import('../views/explained-report.ts');
  const report = await explainReport(bytes, context.services.loadBounceRules(), context.services.readReport);
  if (report.entries.length === 0) {
    throw notFound(
      `there is no report in ${file === '-' ? 'standard input' : file}`,
      'give a bounce, a complaint or an automatic reply as a whole message, or a reply such as "550 5.1.1 User unknown"',
    );
  }
  if (context.global.json) {
    context.printJson(report.entries.map(shape));
    return;
  }
  const { renderReport } = await import('../views/report-view.ts');
  context.print(renderReport(report, { paint: context.paint, columns: context.io.columns }));
}

/** The contract's shape. */
function shape({ recipient, status, reply, found }: ExplainedEntry) {
  return {
    recipient: recipient ?? null,
    status: status ?? null,
    reply: reply ?? null,
    class: found.class,
    hard: found.hard,
    action: found.action,
    meaning: found.meaning,
  };
}
