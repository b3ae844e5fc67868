/** Sending domains: added with keys of their own, removed. What DNS has of these verifies them (domain-check.ts). */
import type { DkimKeySet } from '../dkim/dkim-key.ts';
import { generateDkimKeys } from '../dkim/keys.ts';
import { makeId } from '../platform/ids.ts';
import type { Domain } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { tokenOf } from './domain-token.ts';
import { conflict, type AdminRefusal } from './refusal.ts';
import { refuseOperatorAccount } from './tenant.ts';

export interface NewDomainInput {
  /** Lower-cased A-label name. */
  readonly name: string;
  readonly accountId: string;
  readonly keySet: DkimKeySet;
  /** Its DKIM names are CNAMEs into the relay's own zone. */
  readonly delegated?: boolean;
}

/** Domains that keys of an account may add: a claim that is never verified costs nothing but its row. */
export const MOST_DOMAINS = 1_000;

/**
 * Makes its keys and keeps them with it; durable when it resolves to the domain. The random half of its id stands in its
 * selectors. StoreError `conflict` when somebody was quicker.
 */
export async function addDomain(
  { name, accountId, keySet, delegated = false }: NewDomainInput,
  context: With<'reader' | 'directory' | 'box' | 'random' | 'clock' | 'holder'>,
): Promise<Domain | AdminRefusal> {
  const { reader, directory, box, random, clock, holder, actor } = context;
  const refusal = refuseOperatorAccount(accountId, 'domains');
  if (refusal !== undefined) return refusal;
  if ((await reader.findDomain(accountId, name)) !== undefined)
    return conflict(`${name} has been added before`, 'domain');
  if (holder !== undefined && (await reader.listDomains(accountId)).length >= MOST_DOMAINS)
    return conflict(`the account has ${MOST_DOMAINS} domains, which is the most`);
  const nowMs = clock.now();
  const id = makeId('dom_', nowMs, random);
  const token = tokenOf({ id });
  const generation = delegated ? 1 : undefined;
  const keys = await generateDkimKeys({ domain: name, token, nowMs, box, keySet, generation });
  const facts = { id, accountId, name, createdAtMs: nowMs };
  const unverified: Domain = { ...facts, verifiedAtMs: undefined, recordStatus: {} };
  const domain = delegated ? { ...unverified, delegated } : unverified;
  await directory.addDomain(domain, keys, actor);
  return domain;
}

/** With its keys, which cannot be brought back. Durable when it resolves. StoreError `not-found`. */
export async function removeDomain(
  { id }: Domain,
  { directory, clock, actor }: With<'directory' | 'clock'>,
): Promise<void> {
  await directory.removeDomain(id, clock.now(), actor);
}
