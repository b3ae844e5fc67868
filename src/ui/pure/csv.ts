/**
 * Comma-separated values for spreadsheets (RFC 4180), of text that strangers wrote: what a spreadsheet would take for a formula
 * gets an apostrophe before it, and control characters are written by their code. The same as `relayctl … --format csv` writes.
 */

export type CsvCell = string | number | null;

/** Records with their line ends. `null`: an empty cell. */
export function csvOf(records: readonly (readonly CsvCell[])[]): string {
  return records.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/** Where a formula may begin; the full-width forms too, which some spreadsheets take for the same. */
const BEGINS = String.raw`[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const FORMULA = new RegExp(String.raw`^[\s']*${BEGINS}`);
/** A semicolon in quotes, where semicolons separate: the cell behind it would be one of its own. */
const FORMULA_INSIDE = new RegExp(String.raw`;(?=[\s'"]*${BEGINS})`, 'g');
/** As src/platform/visible-text.ts of the relay: controls, directions, what is not seen, halves of pairs, and text that looks like this form. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\\(?=u[0-9a-f]{4})/g;

function cellOf(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = value.replace(UNSAFE, escaped).replace(FORMULA_INSIDE, '\\u003b');
  const cell = FORMULA.test(text) ? `'${text}` : text;
  return /[",;]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function escaped(part: string): string {
  return part
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
