/** Results as a table that fits a terminal of 120 columns. */
import type { CaseResult } from './run-case.ts';

interface Column {
  readonly title: string;
  value(result: CaseResult): string;
}

const COLUMNS: readonly Column[] = [
  { title: 'case', value: (result) => result.case },
  { title: 'target', value: (result) => result.target },
  { title: 'accepted/s', value: (result) => whole(result.acceptedPerSecond) },
  { title: 'delivered/s', value: (result) => whole(result.deliveredPerSecond) },
  { title: 'accept p50', value: (result) => ms(result.accept.p50Ms) },
  { title: 'p99 ms', value: (result) => ms(result.accept.p99Ms) },
  { title: 'to MX p50', value: (result) => ms(result.endToEnd.p50Ms) },
  { title: 'p99 ms', value: (result) => ms(result.endToEnd.p99Ms) },
  { title: 'p99.9', value: (result) => ms(result.endToEnd.p999Ms) },
  { title: 'CPU µs/msg', value: (result) => whole(result.cpuUs.target) },
  { title: 'db µs', value: (result) => whole(result.cpuUs.database) },
  { title: 'gen µs', value: (result) => whole(result.cpuUs.generator) },
  { title: 'sink µs', value: (result) => whole(result.cpuUs.sink) },
  { title: 'RSS MB', value: (result) => whole(megabytes(result.rssBytes)) },
  { title: 'peak', value: (result) => whole(megabytes(result.peakRssBytes)) },
];

export function renderTable(results: readonly CaseResult[]): string {
  const titles = COLUMNS.map((column) => column.title);
  return alignColumns([titles, ...results.map((result) => COLUMNS.map((column) => column.value(result)))]);
}

/** The first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  '),
  );
  return lines.join('\n');
}

/** What went wrong, one line each; empty when nothing did. */
export function renderProblems(results: readonly CaseResult[]): readonly string[] {
  const lines: string[] = [];
  for (const result of results) {
    const name = `${result.case} ${result.target}`;
    const missing = result.accepted - result.delivered;
    if (missing > 0) lines.push(`${name}: ${missing} accepted messages did not arrive`);
    if (result.duplicates > 0) lines.push(`${name}: ${result.duplicates} messages arrived twice`);
    for (const [problem, count] of Object.entries(result.problems)) {
      lines.push(`${name}: ${count} × ${problem}`);
    }
  }
  return lines;
}

function whole(value: number | undefined): string {
  return value === undefined ? '-' : String(Math.round(value));
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1024 ** 2;
}
