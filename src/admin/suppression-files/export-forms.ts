/** Suppressions as text: the relay's own CSV, and the forms that other providers import. */
import { timestamp } from '../../api-json/timestamp.ts';
import { scopeName } from '../../api-json/suppression-json.ts';
import type { Suppression } from '../../store/suppression-records.ts';
import { csvLine } from './csv.ts';
import { PROVIDER_FORMS, type ProviderForm } from './provider-lines.ts';
import type { Provider } from './provider-records.ts';
import { EXPORT_COLUMNS } from './suppression-rows.ts';

export const EXPORT_FORMS: Readonly<Record<'csv' | Provider, ProviderForm>> = {
  csv: { head: csvLine(EXPORT_COLUMNS), line: (one) => csvLine(fieldsOf(one)), tail: '' },
  ...PROVIDER_FORMS,
};

function fieldsOf(one: Suppression): string[] {
  return [
    one.address,
    one.reason,
    scopeName(one.scope),
    timestamp(one.createdAtMs),
    timestamp(one.expiresAtMs) ?? '',
    one.accountName,
    one.evidence,
    one.createdBy,
  ];
}
