/**
 * Formatters for elements on which html-to-text takes more than linear time or space: tables (spans of any size,
 * quadratic in rows), nested lists and quotations (each level copies and prefixes every line below it), and letters
 * or Roman numbers of list items beyond their range.
 */
import { tableToText, type TextCell } from './text-table.ts';

/** The part of html-to-text's element that is used. */
export interface TextElement {
  readonly type: string;
  readonly name?: string;
  readonly attribs?: Record<string, string>;
  readonly children?: readonly TextElement[];
  readonly parent?: TextElement | null;
}

/** The part of html-to-text's builder that is used. */
export interface TextBuilder {
  readonly options: { readonly formatters: Readonly<Record<string, TextFormatter>> };
  openTable(): void;
  openTableRow(): void;
  openTableCell(options: { readonly maxColumnWidth: number }): void;
  closeTableCell(spans: { readonly colspan: number; readonly rowspan: number }): void;
  closeTableRow(): void;
  closeTable(options: {
    readonly tableToString: (rows: readonly (readonly TextCell[])[]) => string;
    readonly leadingLineBreaks: number;
    readonly trailingLineBreaks: number;
  }): void;
}

export type TextWalk = (elements: readonly TextElement[], builder: TextBuilder) => void;
export type TextFormatter = (
  element: TextElement,
  walk: TextWalk,
  builder: TextBuilder,
  options: Readonly<Record<string, unknown>>,
) => void;

/** Nested tables, lists and quotations; deeper ones are plain blocks. */
const MAX_PREFIXED_DEPTH = 8;
const PREFIXED: ReadonlySet<string> = new Set(['ul', 'ol', 'blockquote', 'table']);
const LINKS: ReadonlySet<string> = new Set(['a']);
/** Characters at which a cell wraps. */
const COLUMN_WIDTH = 60;
/** Largest Roman number of a list item. */
const MAX_ROMAN = 3_999;
const MAX_START = 999_999;
/** Elements allowed between a table and its rows. */
const GROUPS: ReadonlySet<string> = new Set(['thead', 'tbody', 'tfoot', 'center']);

export const boundedFormatters: Readonly<Record<string, TextFormatter>> = {
  // A link collects its words to compare them with its address; links within it would collect them again.
  boundedAnchor(element, walk, builder, options) {
    formatBy(isWithin(element, LINKS, 1) ? 'inline' : 'anchor', element, walk, builder, options);
  },
  boundedBlockquote: orBlock('blockquote'),
  boundedList: orBlock('unorderedList'),
  boundedOrderedList(element, walk, builder, options) {
    boundStart(element);
    orBlock('orderedList')(element, walk, builder, options);
  },
  boundedTable(element, walk, builder, options) {
    if (isDeep(element)) formatBy('block', element, walk, builder);
    else formatTable(element, walk, builder, options);
  },
};

function orBlock(name: string): TextFormatter {
  return (element, walk, builder, options) => {
    if (isDeep(element)) formatBy('block', element, walk, builder);
    else formatBy(name, element, walk, builder, options);
  };
}

function formatBy(
  name: string,
  element: TextElement,
  walk: TextWalk,
  builder: TextBuilder,
  options: Readonly<Record<string, unknown>> = { leadingLineBreaks: 1, trailingLineBreaks: 1 },
): void {
  builder.options.formatters[name]?.(element, walk, builder, options);
}

function isDeep(element: TextElement): boolean {
  return isWithin(element, PREFIXED, MAX_PREFIXED_DEPTH);
}

/** Within at least `depth` elements of these names. */
function isWithin({ parent }: TextElement, names: ReadonlySet<string>, depth: number): boolean {
  let found = 0;
  for (let above = parent; above; above = above.parent)
    if (names.has(above.name ?? '') && ++found >= depth) return true;
  return false;
}

function boundStart({ attribs, children }: TextElement): void {
  if (attribs?.['start'] === undefined && attribs?.['type'] === undefined) return;
  const start = Math.trunc(Number(attribs['start'] ?? '1'));
  const kept = Number.isFinite(start) && Math.abs(start) <= MAX_START ? start : 1;
  attribs['start'] = String(kept);
  const { type = '1' } = attribs;
  const last = kept + (children?.length ?? 0);
  // Letters start at one; Roman numbers have an end.
  if (type !== '1' && (kept < 1 || (/^i$/i.test(type) && last > MAX_ROMAN))) attribs['type'] = '1';
}

function formatTable(
  element: TextElement,
  walk: TextWalk,
  builder: TextBuilder,
  {
    leadingLineBreaks = 2,
    trailingLineBreaks = 2,
  }: { leadingLineBreaks?: number; trailingLineBreaks?: number },
): void {
  builder.openTable();
  for (const row of rowsOf(element)) {
    builder.openTableRow();
    for (const cell of row.children ?? []) {
      if (cell.name !== 'td' && cell.name !== 'th') continue;
      builder.openTableCell({ maxColumnWidth: COLUMN_WIDTH });
      walk(cell.children ?? [], builder);
      builder.closeTableCell({
        colspan: Number(cell.attribs?.['colspan'] ?? 1),
        rowspan: Number(cell.attribs?.['rowspan'] ?? 1),
      });
    }
    builder.closeTableRow();
  }
  builder.closeTable({ tableToString: tableToText, leadingLineBreaks, trailingLineBreaks });
}

/** In order, without recursion: groups may be nested to any depth. */
function rowsOf(table: TextElement): readonly TextElement[] {
  const rows: TextElement[] = [];
  const waiting: TextElement[] = [...(table.children ?? [])].reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.name === 'tr') rows.push(next);
    else if (GROUPS.has(next.name ?? '')) waiting.push(...[...(next.children ?? [])].reverse());
  }
  return rows;
}
