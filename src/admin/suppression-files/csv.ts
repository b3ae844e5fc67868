/**
 * Comma-separated values as spreadsheets write them: fields in quotes may contain commas, line ends and doubled quotes.
 * Lines go in one by one; a record comes out when it is complete. A quote that is never closed spoils its own line only.
 *
 * These files contain text of strangers, and spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a
 * formula. So such a cell is written with an apostrophe before it, and read without; whatever already looks like that
 * gets one more. Control characters are written as visible-text.ts shows them. Files of other programs are read alike.
 */
import { fromVisible, visible } from '../../platform/visible-text.ts';
import type { NumberedLine } from './line-reader.ts';

export type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly problem: string };

/** Lines that one record may take. */
const MAX_LINES = 100;

export class CsvReader {
  #separator: string | undefined;
  #open: NumberedLine[] = [];

  /** The records that end with `line`; mostly one. */
  push(line: NumberedLine): readonly CsvRecord[] {
    if (this.#open.length === 0 && !line.text.includes('"')) return [this.#record([line])];
    this.#open.push(line);
    if (isComplete(this.#open)) return [this.#record(this.#open.splice(0))];
    return this.#open.length < MAX_LINES ? [] : this.#giveUpFirst();
  }

  /** What is left when there are no more lines. */
  end(): readonly CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.#open.length > 0) records.push(...this.#giveUpFirst());
    return records;
  }

  /** The first open line is wrong; the others begin anew behind it. */
  #giveUpFirst(): CsvRecord[] {
    const [first, ...others] = this.#open.splice(0);
    if (first === undefined) return [];
    const wrong = { line: first.number, problem: 'a field begins with a quote that is never closed' };
    return [wrong, ...others.flatMap((line) => this.push(line))];
  }

  #record(lines: readonly NumberedLine[]): CsvRecord {
    const line = lines[0]?.number ?? 0;
    if (lines.some(({ cut }) => cut)) return { line, problem: 'the line is too long' };
    const text = lines.map((one) => one.text).join('\n');
    // The first record decides: spreadsheets of some countries write semicolons, others tabs.
    this.#separator ??= [',', ';', '\t'].find((separator) => text.includes(separator)) ?? ',';
    return {
      line,
      fields: (text.includes('"')
        ? quotedFields(text, this.#separator)
        : text.split(this.#separator).map((field) => field.trim())
      ).map(fromCell),
    };
  }
}

function isComplete(lines: readonly NumberedLine[]): boolean {
  let quotes = 0;
  for (const { text } of lines) quotes += text.split('"').length - 1;
  return quotes % 2 === 0;
}

/** White space around a field, but not within its quotes, is left out. */
function quotedFields(text: string, separator: string): string[] {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  /** How much of `field` is kept as it is: up to its last closing quote. */
  let kept: number | undefined;
  const finish = () => {
    fields.push(kept === undefined ? field.trim() : field.slice(0, kept) + field.slice(kept).trimEnd());
    field = '';
    kept = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') {
      if (isQuoted && text[at + 1] === '"') {
        field += '"';
        at++;
        continue;
      }
      if (kept === undefined) field = field.trimStart();
      isQuoted = !isQuoted;
      kept = field.length;
    } else if (char === separator && !isQuoted) finish();
    else field += char;
  }
  finish();
  return fields;
}

/** One record with its line end. */
export function csvLine(fields: readonly string[]): string {
  return fields.map(csvField).join(',') + '\r\n';
}

function csvField(text: string): string {
  const cell = toCell(text);
  return /[",;]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Where a formula may begin; the full-width forms too, which some spreadsheets take for the same. */
const BEGINS = String.raw`[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const FORMULA = new RegExp(String.raw`^[\s']*${BEGINS}`);
const NO_FORMULA = new RegExp(String.raw`^'[\s']*${BEGINS}`);
/** A semicolon in quotes, where semicolons separate: the cell behind it would be one of its own. */
const FORMULA_INSIDE = new RegExp(String.raw`;(?=[\s'"]*${BEGINS})`, 'g');

function toCell(text: string): string {
  const cell = visible(text).replace(FORMULA_INSIDE, '\\u003b');
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function fromCell(cell: string): string {
  return fromVisible(NO_FORMULA.test(cell) ? cell.slice(1) : cell);
}
