/** A credential is changed: its lists, its name, and the terms and limits that it was added with. Its secret stays. */
import {
  changedLists,
  CREDENTIAL_LISTS,
  type CredentialLists,
  type ListChange,
  type ListProblem,
} from '../../policy/credential-change.ts';
import { termsWithLimits, type UsageLimitName } from '../../policy/usage-limits.ts';
import type { Credential, CredentialTerms } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { pastExpiry } from '../expiry.ts';
import { invalid, nothingToChange, type AdminRefusal } from '../refusal.ts';
import { unknownStream } from '../streams.ts';
import { contradiction } from './contradiction.ts';
import { beyondHolder } from './holder-bounds.ts';
import { nameProblem, nameTaken } from './name.ts';
import { revokedBefore } from './revoke.ts';
import { unknownScope } from './scopes.ts';

/** By list; entries in the form in which they are kept. */
export interface CredentialChanges extends Readonly<Record<keyof CredentialLists, ListChange>> {
  /** Lists that are to be these, whatever they were. */
  readonly lists?: Partial<CredentialLists>;
  /** Those that are to be others; `undefined` as a value: none any more. */
  readonly terms: Partial<Omit<CredentialTerms, 'limits'>>;
  /** By name, among them the rate and the quota of `terms`; `undefined` as a value: none any more. */
  readonly limits?: LimitChanges;
}

export type LimitChanges = Readonly<Partial<Record<UsageLimitName, number | undefined>>>;

export const NO_LIST_CHANGES: Readonly<Record<keyof CredentialLists, ListChange>> = {
  domains: { add: [], remove: [] },
  fromAddresses: { add: [], remove: [] },
  networks: { add: [], remove: [] },
  scopes: { add: [], remove: [] },
};

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
  context: With<'reader' | 'directory' | 'clock' | 'holder'>,
): Promise<(CredentialLists & CredentialTerms) | AdminRefusal> {
  const { directory, clock, holder, actor } = context;
  const revoked = revokedBefore(credential);
  if (revoked !== undefined) return revoked;
  const { terms, limits = {}, lists: whole = {} } = changes;
  const noEntry = CREDENTIAL_LISTS.every(
    (list) => changes[list].add.length + changes[list].remove.length === 0,
  );
  if (noEntry && [terms, limits, whole].every((part) => Object.keys(part).length === 0))
    return nothingToChange();
  const lists = changedLists({ ...listsOf(credential), ...whole }, changes);
  const unknown = unknownScopes(changes);
  if (unknown !== undefined) return unknown;
  if ('problem' in lists) return refusalOf(credential, lists);
  const before = { ...termsOf(credential), ...terms };
  const allowed = { ...lists, ...before, ...termsWithLimits(before, limits), ...dsnTerms(terms) };
  const refusal =
    contradiction({ ...allowed, kind: credential.kind }) ??
    pastExpiry(terms.expiresAtMs, clock.now()) ??
    (await contradictionInStore(credential, terms, context)) ??
    beyondHolder(allowed, holder);
  if (refusal !== undefined) return refusal;
  await directory.changeCredential(credential, allowed, clock.now(), actor);
  return allowed;
}

function unknownScopes({ scopes, lists }: CredentialChanges): AdminRefusal | undefined {
  if (lists?.scopes?.length === 0) return invalid('scopes', (nameOf) => `${nameOf('scopes')} is empty`);
  return (
    unknownScope(lists?.scopes ?? []) ??
    unknownScope(scopes.add, 'addScopes') ??
    unknownScope(scopes.remove, 'removeScopes')
  );
}

async function contradictionInStore(
  { accountId, id, name: before }: Credential,
  { name, stream }: Partial<CredentialTerms>,
  context: With<'reader'>,
): Promise<AdminRefusal | undefined> {
  const unknown = stream === undefined ? undefined : await unknownStream(accountId, stream, context.reader);
  if (unknown !== undefined || name === undefined || name === before) return unknown;
  return nameProblem(name) ?? (await nameTaken(accountId, name, context, id));
}

function listsOf({ domains, fromAddresses, networks, scopes }: Credential): CredentialLists {
  return { domains, fromAddresses, networks, scopes };
}

function termsOf(credential: Credential): CredentialTerms {
  const { name, stream, ratePerMinute, dailyQuota, limits, requireTls, sendDsn, dsnTo, expiresAtMs } =
    credential;
  return { name, stream, ratePerMinute, dailyQuota, limits, requireTls, sendDsn, dsnTo, expiresAtMs };
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
