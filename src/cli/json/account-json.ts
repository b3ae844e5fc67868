/** An account as `--json` prints it. */
import type { Account } from '../../store/directory-records.ts';
import { termsJson } from '../../api-json/account-terms-json.ts';
import { timestamp } from '../output/time-words.ts';

export function accountJson({ id, name, createdAtMs, ...terms }: Account): object {
  return { id, name, created_at: timestamp(createdAtMs), ...termsJson(terms) };
}
