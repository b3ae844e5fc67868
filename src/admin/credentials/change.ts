/** What a credential may do is changed: its lists, and the terms and limits that it was added with. Its secret stays. */
import {
  changedLists,
  CREDENTIAL_LISTS,
  type CredentialLists,
  type ListChange,
  type ListProblem,
} from '../../policy/credential-change.ts';
import type { Credential, CredentialTerms } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { pastExpiry } from '../expiry.ts';
import { nothingToChange, type AdminRefusal } from '../refusal.ts';
import { unknownStream } from '../streams.ts';
import { contradiction } from './contradiction.ts';
import { revokedBefore } from './revoke.ts';
import { unknownScope } from './scopes.ts';

/** By list; entries in the form in which they are kept. */
export interface CredentialChanges extends Readonly<Record<keyof CredentialLists, ListChange>> {
  /** Those that are to be others; `undefined` as a value: none any more. */
  readonly terms: Partial<CredentialTerms>;
}

/** What a credential without entries may do. */
const UNBOUND: Readonly<Record<keyof CredentialLists, string>> = {
  domains: 'send from every domain of its account',
  fromAddresses: 'send from every address of its domains',
  networks: 'be used from every address',
  scopes: 'send',
};

/** Durable when it resolves to what it may do now. StoreError `conflict` when it was changed meanwhile. */
export async function changeCredential(
  credential: Credential,
  changes: CredentialChanges,
  { reader, directory, clock, actor }: With<'reader' | 'directory' | 'clock'>,
): Promise<(CredentialLists & CredentialTerms) | AdminRefusal> {
  const revoked = revokedBefore(credential);
  if (revoked !== undefined) return revoked;
  const { terms } = changes;
  const noEntry = CREDENTIAL_LISTS.every(
    (list) => changes[list].add.length + changes[list].remove.length === 0,
  );
  if (noEntry && Object.keys(terms).length === 0) return nothingToChange();
  const { add, remove } = changes.scopes;
  const unknown = unknownScope(add, 'addScopes') ?? unknownScope(remove, 'removeScopes');
  if (unknown !== undefined) return unknown;
  const lists = changedLists(credential, changes);
  if ('problem' in lists) return refusalOf(credential, lists);
  const allowed = { ...lists, ...termsOf(credential), ...terms, ...dsnTerms(terms) };
  const { accountId, kind } = credential;
  const refusal =
    contradiction({ ...allowed, kind }) ??
    pastExpiry(terms.expiresAtMs, clock.now()) ??
    (terms.stream === undefined ? undefined : await unknownStream(accountId, terms.stream, reader));
  if (refusal !== undefined) return refusal;
  await directory.changeCredential(credential, allowed, clock.now(), actor);
  return allowed;
}

function termsOf(credential: Credential): CredentialTerms {
  const { stream, ratePerMinute, dailyQuota, requireTls, sendDsn, dsnTo, expiresAtMs } = credential;
  return { stream, ratePerMinute, dailyQuota, requireTls, sendDsn, dsnTo, expiresAtMs };
}

/** Without DSNs there is no address for them, and with one they are wanted: the other of the two need not be said. */
function dsnTerms({ sendDsn, dsnTo }: Partial<CredentialTerms>): Partial<CredentialTerms> {
  if (sendDsn === false && dsnTo === undefined) return { dsnTo: undefined };
  return sendDsn === undefined && dsnTo !== undefined ? { sendDsn: true } : {};
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
