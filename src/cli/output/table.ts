/**
 * Tables that fit the terminal: each column as wide as its contents; where that is too wide, columns that
 * may shrink are cut, the widest first. Into a pipe or a file nothing is cut.
 */
import { cut, displayWidth, padEnd } from './display-width.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from './paint.ts';

export interface Column<Row> {
  readonly title: string;
  /** The cell's text; control characters are made visible here. */
  readonly text: (row: Row) => string;
  /** Colours the padded cell. */
  readonly brush?: (text: string, row: Row) => string;
  /** May be cut down to {@link SHRUNK} columns. Ids and times may not: cut they are useless. */
  readonly shrinks?: true;
  readonly alignRight?: true;
  /** Left out when the table is too wide even with every column shrunk; the last of them first. */
  readonly drops?: true;
  /** Left out of this table altogether. */
  readonly hidden?: boolean;
}

const GAP = '  ';
const SHRUNK = 8;

export interface TableLook {
  /** Columns of the terminal; `undefined`: nothing is cut. */
  readonly width: number | undefined;
  readonly paint: Paint;
}

/** The lines of the table, each with its line end; empty when there are no rows. */
export function renderTable<Row>(
  allColumns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, paint }: TableLook,
): string {
  if (rows.length === 0) return '';
  const columns = allColumns.filter(({ hidden }) => hidden !== true);
  const cells = rows.map((row) => columns.map((column) => visible(column.text(row))));
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((line) => displayWidth(line[index] ?? ''))),
  );
  if (width !== undefined && !shrink(widths, columns, width)) {
    const dropped = columns.findLastIndex(({ drops }) => drops);
    if (dropped >= 0) return renderTable(columns.toSpliced(dropped, 1), rows, { width, paint });
  }
  const line = (texts: readonly string[], brush: (text: string, index: number) => string) =>
    texts
      .map((text, index) => {
        const columnWidth = widths[index] ?? 0;
        const shown = cut(text, columnWidth, paint.sign.cut);
        const last = index === texts.length - 1;
        const padded = columns[index]?.alignRight
          ? ' '.repeat(Math.max(0, columnWidth - displayWidth(shown))) + shown
          : last
            ? shown
            : padEnd(shown, columnWidth);
        return brush(padded, index);
      })
      .join(GAP) + '\n';
  const titles = columns.map((column) => column.title);
  const body = rows.map((row, rowIndex) =>
    line(cells[rowIndex] ?? [], (text, index) => columns[index]?.brush?.(text, row) ?? text),
  );
  return line(titles, (text) => paint.dim(text)) + body.join('');
}

/** Narrows the widest columns that may shrink, step by step, until the line fits; false when it does not. */
function shrink(widths: number[], columns: readonly Column<never>[], width: number): boolean {
  const total = () => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
  let excess = total() - width;
  while (excess > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const floor = Math.max(SHRUNK, displayWidth(column.title));
      if (column.shrinks && (widths[index] ?? 0) > floor && (widths[index] ?? 0) > (widths[widest] ?? 0))
        widest = index;
    }
    if (widest < 0) return false;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return true;
}
