/** An account as `--json` prints it. */
import type { Account } from '../../store/directory-records.ts';
import { timestamp } from '../output/time-words.ts';

export function accountJson({ id, name, createdAtMs }: Account): object {
  return { id, name, created_at: timestamp(createdAtMs) };
}
