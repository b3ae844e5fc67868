/**
 * A table as text: columns side by side, with row and column spans. Time and output are linear in the cells: spans
 * are clamped to the table, and a table that is too wide or mostly blank is written row by row without columns.
 */

/** As html-to-text collects them. */
export interface TextCell {
  readonly text: string;
  readonly colspan: number;
  readonly rowspan: number;
}

/** Wider tables are not readable in columns anyway. */
const MAX_COLUMNS = 50;
/** Including blanks. */
const MAX_LAID_OUT_CHARACTERS = 512 * 1024;
const BETWEEN_COLUMNS = 3;
const GAP = ' '.repeat(BETWEEN_COLUMNS);

interface Placed {
  readonly lines: readonly string[];
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
}

export function tableToText(rows: readonly (readonly TextCell[])[]): string {
  const placed = place(rows);
  return (placed === undefined ? undefined : layOut(placed, rows.length)) ?? rowByRow(rows);
}

/** Cells from top left to bottom right; `undefined`: too many columns. */
function place(rows: readonly (readonly TextCell[])[]): readonly Placed[] | undefined {
  const placed: Placed[] = [];
  // For each column, its first free row.
  const freeFrom: number[] = [];
  for (const [row, cells] of rows.entries()) {
    let column = 0;
    for (const { text, colspan, rowspan } of cells) {
      while ((freeFrom[column] ?? 0) > row) column++;
      if (column >= MAX_COLUMNS) return undefined;
      const columns = clamp(colspan, MAX_COLUMNS - column);
      const below = clamp(rowspan, rows.length - row);
      const lines = text.split('\n');
      const width = lines.reduce((widest, { length }) => Math.max(widest, length), 0);
      placed.push({ lines, row, column, rows: below, columns, width });
      for (let each = column; each < column + columns; each++) freeFrom[each] = row + below;
      column += columns;
    }
  }
  return placed;
}

/** `undefined`: larger than the limit. */
function layOut(placed: readonly Placed[], rowCount: number): string | undefined {
  const tops = offsets(rowCount, placed, ({ row, rows, lines }) => [row, rows, lines.length]);
  const inColumns = placed.toSorted((one, other) => one.column - other.column);
  const lefts = offsets(MAX_COLUMNS, inColumns, ({ column, columns, width }) => [
    column,
    columns,
    width + BETWEEN_COLUMNS,
  ]);
  const lines: string[][] = [];
  const widths: number[] = [];
  let characters = 0;
  for (const { lines: own, row, column } of inColumns) {
    const left = lefts[column] ?? 0;
    for (const [index, text] of own.entries()) {
      const at = (tops[row] ?? 0) + index;
      while (lines.length <= at) lines.push([]);
      const blanks = Math.max(0, left - (widths[at] ?? 0));
      characters += blanks + text.length;
      if (characters > MAX_LAID_OUT_CHARACTERS) return undefined;
      lines[at]?.push(' '.repeat(blanks), text);
      widths[at] = (widths[at] ?? 0) + blanks + text.length;
    }
  }
  return lines.map((pieces) => pieces.join('')).join('\n');
}

/** The start of each row or column, so that each of `placed` has the space it needs. */
function offsets(
  count: number,
  placed: readonly Placed[],
  needs: (cell: Placed) => readonly [first: number, span: number, size: number],
): readonly number[] {
  const starts = new Array<number>(count + 1).fill(0);
  const ends: { readonly first: number; readonly size: number }[][] = Array.from(
    { length: count + 1 },
    () => [],
  );
  for (const cell of placed) {
    const [first, span, size] = needs(cell);
    ends[first + span]?.push({ first, size });
  }
  for (let at = 1; at <= count; at++) {
    let start = (starts[at - 1] ?? 0) + 1;
    for (const { first, size } of ends[at] ?? []) start = Math.max(start, (starts[first] ?? 0) + size);
    starts[at] = start;
  }
  return starts;
}

function rowByRow(rows: readonly (readonly TextCell[])[]): string {
  return rows.map((cells) => cells.map(({ text }) => text).join(GAP)).join('\n');
}

function clamp(span: number, most: number): number {
  return Number.isFinite(span) ? Math.min(Math.max(Math.trunc(span), 1), most) : 1;
}
