/**
 * Files of other providers as rows (provider-records.ts): CSV with or without a header, one JSON object a line, or a whole JSON document
 * as their APIs answer, the pages of several answers one after the other.
 */
import { importedRow, type ImportDefaults } from '../suppression-import.ts';
import type { SuppressionReason } from '../../store/suppression-records.ts';
import { CsvReader, type CsvRecord } from './csv.ts';
import { JsonDocuments, MAX_DOCUMENT, type FoundDocument } from './json-documents.ts';
import { MAX_LINE_LENGTH, type NumberedLine } from './line-reader.ts';
import {
  COLUMNS_WITHOUT_HEADER,
  LISTS,
  rowOfProvider,
  type Provider,
  type ProviderRecord,
} from './provider-records.ts';
import type { Row, RowReader } from './suppression-rows.ts';

/** Pages in a list, a list in an answer. */
const MOST_LISTS = 8;

export class ProviderRows implements RowReader {
  readonly #provider: Provider;
  readonly #defaults: ImportDefaults;
  readonly #reason: SuppressionReason | undefined;
  readonly #csv = new CsvReader();
  readonly #json = new JsonDocuments();
  #isJson: boolean | undefined;
  #columns: readonly string[] | undefined;
  /** Servers answer without line ends. */
  readonly longestLine = MAX_DOCUMENT;

  /** `reason`: for all rows, where somebody says so. */
  constructor(provider: Provider, defaults: ImportDefaults, reason: SuppressionReason | undefined) {
    this.#provider = provider;
    this.#defaults = defaults;
    this.#reason = reason;
  }

  push(line: NumberedLine): readonly Row[] {
    if (this.#isJson === undefined && line.text.trim() === '') return [];
    this.#isJson ??= /^\s*[[{]/.test(line.text);
    if (this.#isJson) return this.#found(this.#json.push(line.number, line.text, line.cut));
    return this.#rows(this.#csv.push(line.text.length > MAX_LINE_LENGTH ? shortened(line) : line));
  }

  end(): readonly Row[] {
    return this.#isJson === true ? this.#found(this.#json.end()) : this.#rows(this.#csv.end());
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

  #found(documents: readonly FoundDocument[]): readonly Row[] {
    return documents.flatMap((one): readonly Row[] =>
      'problem' in one
        ? [one]
        : recordsOf(one.document, this.#provider).map((record) => this.#row(one.line, record)),
    );
  }

  #row(line: number, record: ProviderRecord): Row {
    return { line, ...importedRow(rowOfProvider(this.#provider, record, this.#reason), this.#defaults) };
  }
}

function addressColumn(provider: Provider): string {
  return COLUMNS_WITHOUT_HEADER[provider][0] ?? 'address';
}

function shortened({ number, text }: NumberedLine): NumberedLine {
  return { number, text: text.slice(0, MAX_LINE_LENGTH), cut: true };
}

/** A text among them is an address: SendGrid lists those of an unsubscribe group so. `depth`: lists around it. */
function recordsOf(document: unknown, provider: Provider, depth = 0): readonly ProviderRecord[] {
  if (Array.isArray(document) && depth < MOST_LISTS)
    return document.flatMap((one) => recordsOf(one, provider, depth + 1));
  if (typeof document === 'string') return [{ [addressColumn(provider)]: document }];
  if (typeof document !== 'object' || document === null) return [{}];
  const record = Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key.toLowerCase(), value as unknown]),
  );
  const list = LISTS.map((name) => record[name]).find((value) => Array.isArray(value));
  return list === undefined || depth >= MOST_LISTS ? [record] : recordsOf(list, provider, depth + 1);
}
