/** Which account's domain is meant where only its name is given, by an operator, and several accounts have added it. */
import { flatMapInTurn } from '../platform/in-turn.ts';
import { holdsName } from '../policy/domain-claim.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Account, Domain } from '../store/directory-records.ts';

/** Where operators work unless told otherwise. */
export const DEFAULT_ACCOUNT = 'default';

export interface OwnedDomain {
  readonly account: Account;
  readonly domain: Domain;
}

/** The domains of that name. */
export function domainsNamed(
  reader: Pick<DirectoryReader, 'findDomain'>,
  accounts: readonly Account[],
  name: string,
): Promise<readonly OwnedDomain[]> {
  return flatMapInTurn(accounts, async (account) => {
    const domain = await reader.findDomain(account.id, name);
    return domain === undefined ? [] : [{ account, domain }];
  });
}

/**
 * The one of the account `default`, else the one that holds the name, else the only one: what a tenant adds beside it does
 * not stand in the way. `undefined`: none, or no one of them.
 */
export function domainMeant(domains: readonly OwnedDomain[]): OwnedDomain | undefined {
  return (
    domains.find(({ account }) => account.name === DEFAULT_ACCOUNT) ??
    domains.find(({ domain }) => holdsName(domain)) ??
    (domains.length === 1 ? domains[0] : undefined)
  );
}
