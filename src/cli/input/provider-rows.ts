/**
 * Files of other providers as rows (provider-records.ts): CSV with or without a header, one JSON object a line, or a whole JSON document
 * as their APIs answer, the pages of several answers one after the other.
 */
import { importedRow, type ImportDefaults } from '../../admin/suppression-import.ts';
import type { SuppressionReason } from '../../store/suppression-records.ts';
import { CsvReader, type CsvRecord } from './csv.ts';
import type { NumberedLine } from './line-reader.ts';
import {
  COLUMNS_WITHOUT_HEADER,
  LISTS,
  rowOfProvider,
  type Provider,
  type ProviderRecord,
} from './provider-records.ts';
import type { Row, RowReader } from './suppression-rows.ts';

/** Characters of one JSON document; it is held in memory as a whole. */
const MAX_DOCUMENT = 64 * 1024 * 1024;

export class ProviderRows implements RowReader {
  readonly #provider: Provider;
  readonly #defaults: ImportDefaults;
  readonly #reason: SuppressionReason | undefined;
  readonly #csv = new CsvReader();
  #isJson: boolean | undefined;
  #columns: readonly string[] | undefined;
  /** Lines of a document that is not complete. */
  #open: string[] = [];
  #openLength = 0;
  #openSince = 0;

  /** `reason`: for all rows, where somebody says so. */
  constructor(provider: Provider, defaults: ImportDefaults, reason: SuppressionReason | undefined) {
    this.#provider = provider;
    this.#defaults = defaults;
    this.#reason = reason;
  }

  push(line: NumberedLine): readonly Row[] {
    if (this.#isJson === undefined && line.text.trim() === '') return [];
    this.#isJson ??= /^\s*[[{]/.test(line.text);
    return this.#isJson ? this.#json(line) : this.#rows(this.#csv.push(line));
  }

  end(): readonly Row[] {
    if (this.#open.length > 0)
      return [{ line: this.#openSince, problem: 'the JSON does not end, or is not JSON' }];
    return this.#rows(this.#csv.end());
  }

  #rows(records: readonly CsvRecord[]): readonly Row[] {
    return records.flatMap((record): readonly Row[] => {
      if ('problem' in record) return [record];
      const { line } = record;
      const fields = record.fields.map((field) => field.trim());
      if (fields.every((field) => field === '')) return [];
      if (this.#columns === undefined) {
        const hasHeader = !fields.some((field) => field.includes('@'));
        this.#columns = hasHeader
          ? fields.map((field) =>
              field.toLowerCase().replace(/^e-?mail(?: address)?$/, () => addressColumn(this.#provider)),
            )
          : COLUMNS_WITHOUT_HEADER[this.#provider];
        if (hasHeader) return [];
      }
      return [
        this.#row(line, Object.fromEntries(this.#columns.map((column, at) => [column, fields[at] ?? '']))),
      ];
    });
  }

  #json({ number, text, cut }: NumberedLine): readonly Row[] {
    if (this.#open.length === 0) {
      if (text.trim() === '') return [];
      this.#openSince = number;
    }
    this.#open.push(text);
    this.#openLength += text.length;
    if (cut || this.#openLength > MAX_DOCUMENT) {
      this.#close();
      return [
        { line: this.#openSince, problem: 'the JSON is too long: one object a line may be any number' },
      ];
    }
    // Only what may be its end is worth a try.
    if (!/[\]}]\s*$/.test(text)) return [];
    let document: unknown;
    try {
      document = JSON.parse(this.#open.join('\n'));
    } catch {
      return [];
    }
    const line = this.#openSince;
    this.#close();
    return recordsOf(document).map((record) => this.#row(line, record));
  }

  #close(): void {
    this.#open = [];
    this.#openLength = 0;
  }

  #row(line: number, record: ProviderRecord): Row {
    return { line, ...importedRow(rowOfProvider(this.#provider, record, this.#reason), this.#defaults) };
  }
}

function addressColumn(provider: Provider): string {
  return COLUMNS_WITHOUT_HEADER[provider][0] ?? 'address';
}

function recordsOf(document: unknown): readonly ProviderRecord[] {
  if (Array.isArray(document)) return document.flatMap(recordsOf);
  if (typeof document !== 'object' || document === null) return [{}];
  const record = Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key.toLowerCase(), value as unknown]),
  );
  const list = LISTS.map((name) => record[name]).find((value) => Array.isArray(value));
  return list === undefined ? [record] : recordsOf(list);
}
