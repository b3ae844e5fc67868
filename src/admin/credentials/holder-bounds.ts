/** What the API key that asks may make and renew: nothing that may more than the key itself. An operator may all. */
import { boundsExceeded, type CredentialBounds } from '../../policy/credential-bounds.ts';
import { inWords, type AdminRefusal } from '../refusal.ts';

/** With everything that exceeds the holder's bounds. */
export function beyondHolder(
  wanted: CredentialBounds,
  holder: CredentialBounds | undefined,
): AdminRefusal | undefined {
  if (holder === undefined) return undefined;
  const all = boundsExceeded(wanted, holder).map(({ bound, problem }) => ({ field: bound, problem }));
  const [first] = all;
  if (first === undefined) return undefined;
  return {
    refused: 'beyond-own-limits',
    field: first.field,
    problem: (nameOf) => `${nameOf(first.field)}: ${inWords(first.problem, nameOf)}`,
    remedy: 'use a key that is not bound in this way, or relayctl',
    all,
  };
}
