/**
 * Suppressions in files: CSV or one JSON object a line, as `suppression export` writes them and as other mailers do. A
 * file that is a bare list of addresses is CSV without a header. What a row leaves out comes from the command.
 */
import { parseDateOrTime } from '../../platform/rfc3339.ts';
import { readSuppressionKey } from '../../smtp/address-keys.ts';
import type { NewSuppression } from '../../store/records.ts';
import { ACCOUNT_SCOPE } from '../../api-json/suppression-json.ts';
import { CsvReader } from './csv.ts';
import type { NumberedLine } from './line-reader.ts';

export type FileFormat = 'csv' | 'json';

/** Columns of the export, in order; the keys of its JSON. */
export const EXPORT_COLUMNS = [
  'address',
  'reason',
  'scope',
  'created_at',
  'expires_at',
  'account',
  'evidence',
  'created_by',
] as const;
type Column = (typeof EXPORT_COLUMNS)[number];

/** How other mailers call the same. */
const ALIASES: Readonly<Record<string, Column>> = {
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

const REASONS: readonly NewSuppression['reason'][] = [
  'unknown-address',
  'complaint',
  'soft-bounces',
  'manual',
  'import',
  'unsubscribe',
];
const MAX_EVIDENCE_LENGTH = 1_000;

export type Row =
  | { readonly line: number; readonly suppression: NewSuppression }
  | { readonly line: number; readonly problem: string }
  /** Its time is over already. */
  | { readonly line: number; readonly expired: true };

/** What rows leave out, and what they may name. */
export interface RowContext {
  readonly nowMs: number;
  readonly createdBy: string;
  /** Of rows that name none; and of all, when it was chosen on the command line. */
  readonly accountId: string;
  readonly accountIsFixed: boolean;
  readonly accountIdOf: (name: string) => string | undefined;
  readonly hasStream: (accountId: string, name: string) => boolean;
  /** For rows without a scope of their own. */
  readonly scope: string;
  readonly expiresAtMs: number | undefined;
  readonly evidence: string;
}

/** Turns lines into rows; the first line that is not empty decides on the format when none is given. */
export class SuppressionRows {
  readonly #context: RowContext;
  readonly #csv = new CsvReader();
  #format: FileFormat | undefined;
  #columns: readonly (Column | undefined)[] | undefined;

  constructor(context: RowContext, format: FileFormat | undefined) {
    this.#context = context;
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
      const values: Partial<Record<Column, string>> = {};
      for (const [index, column] of this.#columns.entries()) {
        const field = column === 'evidence' ? fields[index] : fields[index]?.trim();
        if (column !== undefined && field !== undefined && field !== '') values[column] = field;
      }
      rows.push(this.#row(line, values));
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
    const values: Partial<Record<Column, string>> = {};
    for (const [key, value] of Object.entries(object)) {
      const column = columnOf(key);
      if (column !== undefined && typeof value === 'string' && value !== '') values[column] = value;
    }
    return [this.#row(line, values)];
  }

  #row(line: number, values: Partial<Record<Column, string>>): Row {
    const context = this.#context;
    const { address: typed } = values;
    if (typed === undefined) return { line, problem: 'it has no address' };
    const address = readSuppressionKey(typed);
    if (typeof address !== 'string') return { line, problem: `${typed.slice(0, 100)}: ${address.problem}` };
    if (typed.includes('\ufffd')) return { line, problem: `${typed}: it is not written in UTF-8` };
    const accountId =
      context.accountIsFixed || values.account === undefined
        ? context.accountId
        : context.accountIdOf(values.account);
    if (accountId === undefined) return { line, problem: `there is no account ${values.account ?? ''}` };
    const scope = values.scope === undefined ? context.scope : scopeOf(values.scope);
    if (scope !== '' && !context.hasStream(accountId, scope))
      return { line, problem: `there is no stream ${scope}` };
    const createdAtMs = timeOf(values.created_at) ?? context.nowMs;
    const expiresAtMs = timeOf(values.expires_at) ?? context.expiresAtMs;
    if (Number.isNaN(createdAtMs))
      return { line, problem: `created_at ${values.created_at ?? ''} is no time` };
    if (Number.isNaN(expiresAtMs))
      return { line, problem: `expires_at ${values.expires_at ?? ''} is no time` };
    if (expiresAtMs !== undefined && expiresAtMs <= context.nowMs) return { line, expired: true };
    const reason = REASONS.find((known) => known === values.reason);
    // What another mailer calls the reason is worth keeping.
    const foreign = reason === undefined ? values.reason : undefined;
    const evidence = [foreign, values.evidence].filter((part) => part !== undefined).join(': ');
    return {
      line,
      suppression: {
        accountId,
        scope,
        address,
        reason: reason ?? 'import',
        evidence: (evidence === '' ? context.evidence : evidence).slice(0, MAX_EVIDENCE_LENGTH),
        createdAtMs,
        expiresAtMs,
        createdBy: values.created_by ?? context.createdBy,
      },
    };
  }
}

function columnOf(name: string): Column | undefined {
  const plain = name.trim().toLowerCase();
  return EXPORT_COLUMNS.find((column) => column === plain) ?? ALIASES[plain];
}

function scopeOf(text: string): string {
  return text === ACCOUNT_SCOPE ? '' : text;
}

/** RFC 3339, a date alone, or seconds since the epoch; NaN when it is none of them. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  return parseDateOrTime(text) ?? Number.NaN;
}
