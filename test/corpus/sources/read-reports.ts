/** What the readers and rules make of the reports of source-reports.ts, counted a recipient at a time. */
import { explainReport } from '../../../src/cli/views/explained-report.ts';
import { readReport } from '../../../src/dsn/read/read-report.ts';
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import type { SourceReport } from './source-reports.ts';

export interface ReportFigures {
  readonly wanted: number;
  readonly recipients: number;
  readonly classes: number;
  readonly hard: number;
  readonly misses: readonly string[];
}

const read = async (bytes: Uint8Array) => ({ kind: 'report' as const, report: await readReport(bytes) });

export async function readReports(
  reports: readonly SourceReport[],
  rules: BounceRules,
): Promise<ReportFigures> {
  const figures = { wanted: 0, recipients: 0, classes: 0, hard: 0 };
  const misses: string[] = [];
  for (const report of reports) {
    const { entries } = await explainReport(Buffer.from(messageOf(report)), rules, read);
    for (const line of report.wanted) {
      const [address = '', classes = '', hardness = ''] = line.split(' ');
      figures.wanted++;
      const entry = entries.find(({ recipient }) => recipient === address);
      const found = entry?.found.hard === true ? 'hard' : 'soft';
      const isClass = entry !== undefined && classes.split('|').includes(entry.found.class);
      const isHard = entry !== undefined && hardness.split('|').includes(found);
      if (entry !== undefined && entries.length === report.wanted.length) figures.recipients++;
      if (isClass) figures.classes++;
      if (isHard) figures.hard++;
      if (isClass && isHard && entries.length === report.wanted.length) continue;
      const got = entry === undefined ? 'nothing' : `${entry.found.class} ${found} (${entry.reply ?? ''})`;
      misses.push(`${report.program}: ${line}, not ${got}; ${entries.length} of ${report.wanted.length}`);
    }
  }
  return { ...figures, misses };
}

export function messageOf({ from, subject, text, fields }: SourceReport): string {
  const head = [
    `From: ${from ?? 'Mail Delivery System <MAILER-DAEMON@relay.sender.test>'}`,
    'To: app@sender.test',
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
  ];
  const lines =
    fields === undefined
      ? [...head, 'Content-Type: text/plain; charset=utf-8', '', text, '']
      : [
          ...head,
          'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
          '',
          '--b',
          'Content-Type: text/plain; charset=utf-8',
          '',
          text,
          '',
          '--b',
          'Content-Type: message/delivery-status',
          '',
          'Reporting-MTA: dns; relay.sender.test',
          ...fields.flatMap((block) => ['', block]),
          '',
          '--b--',
          '',
        ];
  return lines.join('\n').replaceAll('\n', '\r\n');
}
