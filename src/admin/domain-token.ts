/** The random half of a domain's id, which stands in its selectors: no other claim has it. */
import type { Domain } from '../store/directory-records.ts';

const TOKEN_CHARS = 16;

export function tokenOf({ id }: Pick<Domain, 'id'>): string {
  return id.slice(-TOKEN_CHARS);
}
