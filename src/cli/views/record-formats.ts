/**
 * The forms in which `domain add`, `show`, `verify` and `rotate-dkim` print records: `text` for a form to fill in, `table`, `zone` for a zone file,
 * `json` as `--json`. Table and zone stand alone on standard output; what else is to be said goes beside it.
 */
import type { CheckedRecord } from '../../admin/domain-records.ts';
import type { RecordView } from '../../api-json/domain-json.ts';
import { displayWidth, padEnd } from '../output/display-width.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { OptionSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { wholeZone } from './domain-records-view.ts';

const FORMATS = ['text', 'table', 'zone', 'json'] as const;
export type RecordFormat = (typeof FORMATS)[number];

export const FORMAT_OPTION: OptionSpec = {
  flags: '--format <form>',
  meaning: 'text (the default), table, zone: the records alone as a zone file has them, or json',
};

export function recordFormat({ global }: CommandContext, options: Options): RecordFormat {
  const format = options.choice('format', FORMATS);
  return format ?? (global.json ? 'json' : 'text');
}

/** Ends with a line end. `columns`: of the terminal; `undefined`: lines are as long as they are. */
export function renderFormat(
  format: 'table' | 'zone',
  records: readonly (RecordView | CheckedRecord)[],
  columns: number | undefined,
): string {
  return format === 'zone' ? wholeZone(records) : recordTable(records, columns);
}

const GAP = '  ';
/** A value has at least so many columns, whatever the terminal is. */
const NARROWEST = 20;

/** Names and values that do not fit go on in the next line of their column: nothing is cut. */
function recordTable(records: readonly RecordView[], columns: number | undefined): string {
  const rows = [
    ['STATUS', 'TYPE', 'NAME', 'VALUE'],
    ...records.map(({ status, type, name, value, proposed }) => [status, type, name, proposed ?? value]),
  ].map((row) => row.map(visible));
  const widest = (at: number) => Math.max(...rows.map((row) => displayWidth(row[at] ?? '')));
  const room = columns === undefined ? Infinity : columns - widest(0) - widest(1) - 3 * GAP.length;
  const name = Math.min(widest(2), Math.max(NARROWEST, Math.floor(room * 0.45)));
  const widths = [widest(0), widest(1), name, Math.max(NARROWEST, room - name)];
  return rows.map((row) => linesOfRow(row, widths)).join('');
}

function linesOfRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((text, at) => pieces(text, widths[at] ?? NARROWEST));
  const lines = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: lines }, (_line, at) =>
    cells.map((cell, column) => padEnd(cell[at] ?? '', Math.min(widths[column] ?? 0, 1_000))).join(GAP),
  )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function pieces(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  return text.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [text];
}
