/**
 * Looks at sending domains one after the other, for `relayctl doctor` and the watch of relayd. Bounded in time: domains
 * that were not reached are counted.
 */
import { DEFAULT_ACCOUNT, type OwnedDomain } from '../admin/domain-meant.ts';
import type { CheckedRecord } from '../admin/domain-records.ts';
import type { Clock } from '../platform/clock.ts';
import { judgeDomain, type DomainVerdict } from '../policy/checks/domain-mail.ts';
import { holdsName } from '../policy/domain-claim.ts';
import type { DirectoryReader } from '../store/directory.ts';
import { lookAtDomain, type DomainLookOptions } from './look-at-domain.ts';

export interface DomainLook extends OwnedDomain, DomainVerdict {
  readonly records: readonly CheckedRecord[];
}

export interface DomainsLookOptions extends DomainLookOptions {
  readonly keysOf: DirectoryReader['dkimKeys'];
  readonly clock: Clock;
  /** No domain is begun with after it. */
  readonly withinMs: number;
}

export async function lookAtDomains(
  domains: readonly OwnedDomain[],
  options: DomainsLookOptions,
): Promise<{ readonly looks: readonly DomainLook[]; readonly leftOut: number }> {
  const { keysOf, clock, withinMs } = options;
  const endMs = clock.monotonic() + withinMs;
  const looks: DomainLook[] = [];
  for (const owned of domains) {
    if (clock.monotonic() >= endMs) break;
    const { id, name } = owned.domain;
    const facts = await lookAtDomain(name, await keysOf(id), options);
    looks.push({ ...owned, records: facts.records, ...judgeDomain(facts) });
  }
  return { looks, leftOut: domains.length - looks.length };
}

/** Those that mail is sent from, and the operator's own before they are verified. */
export async function domainsToLookAt(
  reader: Pick<DirectoryReader, 'listAccounts' | 'listDomains'>,
): Promise<readonly OwnedDomain[]> {
  const found: OwnedDomain[] = [];
  for (const account of await reader.listAccounts())
    for (const domain of await reader.listDomains(account.id))
      if (holdsName(domain) || account.name === DEFAULT_ACCOUNT) found.push({ account, domain });
  return found;
}
