/**
 * Suppressions in files: CSV or one JSON object a line, as `suppression export` writes them and as other mailers do. A
 * file that is a bare list of addresses is CSV without a header. What a row has to be: admin/suppression-import.ts.
 */
import {
  IMPORT_COLUMNS,
  importedRow,
  type ImportColumn,
  type ImportDefaults,
  type ImportedRow,
} from '../suppression-import.ts';
import { CsvReader } from './csv.ts';
import type { NumberedLine } from './line-reader.ts';

export type FileFormat = 'csv' | 'json';

/** Columns of the export, in order; the keys of its JSON. */
export const EXPORT_COLUMNS = IMPORT_COLUMNS;

/** How other mailers call the same. */
const ALIASES: Readonly<Record<string, ImportColumn>> = {
  email: 'address',
  'e-mail': 'address',
  'email address': 'address',
  recipient: 'address',
  stream: 'scope',
  created: 'created_at',
  expires: 'expires_at',
  note: 'evidence',
  description: 'evidence',
};

export type Row = ImportedRow & { readonly line: number };

/** Turns the lines of a file into rows, in order. */
export interface RowReader {
  /** Characters of a line that it has a use for; `undefined`: as many as a row of CSV may have. */
  readonly longestLine?: number | undefined;
  push(line: NumberedLine): readonly Row[];
  end(): readonly Row[];
}

/** Turns lines into rows; the first line that is not empty decides on the format when none is given. */
export class SuppressionRows implements RowReader {
  readonly #defaults: ImportDefaults;
  readonly #csv = new CsvReader();
  #format: FileFormat | undefined;
  #columns: readonly (ImportColumn | undefined)[] | undefined;

  constructor(defaults: ImportDefaults, format: FileFormat | undefined) {
    this.#defaults = defaults;
    this.#format = format;
  }

  push(line: NumberedLine): readonly Row[] {
    if (this.#format === undefined) {
      if (line.text.trim() === '') return [];
      this.#format = line.text.trimStart().startsWith('{') ? 'json' : 'csv';
    }
    return this.#format === 'json' ? this.#jsonRow(line) : this.#csvRows(this.#csv.push(line));
  }

  end(): readonly Row[] {
    return this.#csvRows(this.#csv.end());
  }

  #csvRows(records: ReturnType<CsvReader['push']>): readonly Row[] {
    const rows: Row[] = [];
    for (const record of records) {
      if ('problem' in record) {
        rows.push(record);
        continue;
      }
      const { line, fields } = record;
      if (fields.length === 1 && fields[0]?.trim() === '') continue;
      if (this.#columns === undefined) {
        const header = fields.map((field) => columnOf(field));
        const isHeader = header.includes('address');
        this.#columns = isHeader ? header : ['address'];
        if (isHeader) continue;
      }
      const values: Partial<Record<ImportColumn, string>> = {};
      for (const [index, column] of this.#columns.entries()) {
        const field = column === 'evidence' ? fields[index] : fields[index]?.trim();
        if (column !== undefined && field !== undefined && field !== '') values[column] = field;
      }
      rows.push({ line, ...importedRow(values, this.#defaults) });
    }
    return rows;
  }

  #jsonRow({ number: line, text, cut }: NumberedLine): readonly Row[] {
    if (text.trim() === '') return [];
    if (cut) return [{ line, problem: 'the line is too long' }];
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch {
      return [{ line, problem: 'it is not JSON' }];
    }
    if (typeof object !== 'object' || object === null) return [{ line, problem: 'it is not a JSON object' }];
    const values: Partial<Record<ImportColumn, string>> = {};
    for (const [key, value] of Object.entries(object)) {
      const column = columnOf(key);
      if (column !== undefined && typeof value === 'string' && value !== '') values[column] = value;
    }
    return [{ line, ...importedRow(values, this.#defaults) }];
  }
}

function columnOf(name: string): ImportColumn | undefined {
  const plain = name.trim().toLowerCase();
  return EXPORT_COLUMNS.find((column) => column === plain) ?? ALIASES[plain];
}
