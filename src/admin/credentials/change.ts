/** What a credential may do is changed: its lists of domains, addresses, networks and scopes. Its secret stays. */
import {
  changedLists,
  CREDENTIAL_LISTS,
  type CredentialLists,
  type ListChange,
  type ListProblem,
} from '../../policy/credential-change.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { nothingToChange, type AdminRefusal } from '../refusal.ts';
import { revokedBefore } from './revoke.ts';
import { unknownScope } from './scopes.ts';

/** By list; entries in the form in which they are kept. */
export type CredentialChanges = Readonly<Record<keyof CredentialLists, ListChange>>;

/** What a credential without entries may do. */
const UNBOUND: Readonly<Record<keyof CredentialLists, string>> = {
  domains: 'send from every domain of its account',
  fromAddresses: 'send from every address of its domains',
  networks: 'be used from every address',
  scopes: 'send',
};

/** Durable when it resolves to the lists as they are now. StoreError `conflict` when it was changed meanwhile. */
export async function changeCredential(
  credential: Credential,
  changes: CredentialChanges,
  { directory, clock, actor }: With<'directory' | 'clock'>,
): Promise<CredentialLists | AdminRefusal> {
  const revoked = revokedBefore(credential);
  if (revoked !== undefined) return revoked;
  if (CREDENTIAL_LISTS.every((list) => changes[list].add.length + changes[list].remove.length === 0))
    return nothingToChange();
  const { add, remove } = changes.scopes;
  const unknown = unknownScope(add, 'addScopes') ?? unknownScope(remove, 'removeScopes');
  if (unknown !== undefined) return unknown;
  const lists = changedLists(credential, changes);
  if ('problem' in lists) return refusalOf(credential, lists);
  await directory.changeCredential(credential, lists, clock.now(), actor);
  return lists;
}

function refusalOf(credential: Credential, { list, problem, entry }: ListProblem): AdminRefusal {
  const { name } = credential;
  const had = credential[list];
  switch (problem) {
    case 'absent':
      return {
        refused: 'not-found',
        field: list,
        problem: (nameOf) => `credential ${name} has no ${nameOf(list)} ${entry}`,
        remedy: `it has ${had.length === 0 ? 'none' : had.join(', ')}`,
      };
    case 'unbound':
      return {
        refused: 'not-bound',
        field: list,
        problem: `credential ${name} may ${UNBOUND[list]} already`,
        remedy: (nameOf) =>
          `with ${nameOf(list)} ${entry} alone it could do less; for that add another credential`,
      };
    case 'emptied':
      return {
        refused: 'last-entry',
        field: list,
        problem: (nameOf) =>
          `${entry} is the last ${nameOf(list)} of credential ${name}: without it, it could ${UNBOUND[list]}`,
      };
  }
}
