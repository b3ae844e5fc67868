/** Sending domains: added with keys of their own, verified by what DNS has of these, removed. */
import type { DkimKeySet } from '../dkim/dkim-key.ts';
import { generateDkimKeys } from '../dkim/keys.ts';
import { makeId } from '../platform/ids.ts';
import type { DkimVerdict } from '../policy/domain-claim.ts';
import type { DomainCheck, DomainRecordsFound } from '../store/directory.ts';
import type { Domain } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { checkRecords, dkimVerdict, isDkimRecord, recordsOf, type CheckedRecord } from './domain-records.ts';
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

type VerificationContext = With<'reader' | 'directory' | 'resolver' | 'config' | 'clock'>;

/**
 * `elsewhere`: the DKIM records are there, but another account was verified first and holds the name. Only who can
 * publish records in the domain is told so, without the other account's name.
 */
export type VerificationOutcome = 'verified' | 'not-verified' | 'elsewhere' | 'dns-failed';

export interface Verification {
  /** As it is now. */
  readonly domain: Domain;
  readonly records: readonly CheckedRecord[];
  readonly outcome: VerificationOutcome;
}

/**
 * Looks its records up, decides whether it is verified (policy/domain-claim.ts) and keeps what was found. Where the
 * records are there, those of the account that holds the name are looked up too. A domain that was verified stays so
 * when DNS cannot be asked.
 */
export async function verifyDomain(domain: Domain, context: VerificationContext): Promise<Verification> {
  const { reader, directory, resolver, config, clock, actor } = context;
  const records = await checkRecords(
    recordsOf(domain.name, await reader.dkimKeys(domain.id), config),
    resolver,
  );
  const dkim = dkimVerdict(records);
  const holder = dkim === true ? await reader.domainHolder(domain.name) : undefined;
  const check: DomainCheck = {
    ...found(domain, records),
    atMs: clock.now(),
    holder:
      holder === undefined || holder.id === domain.id
        ? undefined
        : found(holder, await checkRecords(await dkimRecordsOf(holder, context), resolver)),
  };
  const checked = await directory.recordDomainCheck(check, actor);
  return { domain: checked, records, outcome: outcomeOf(checked, dkim) };
}

async function dkimRecordsOf({ id, name }: Domain, { reader, config }: VerificationContext) {
  return recordsOf(name, await reader.dkimKeys(id), config).filter(isDkimRecord);
}

function found({ id }: Domain, records: readonly CheckedRecord[]): DomainRecordsFound {
  const recordStatus = Object.fromEntries(records.map(({ purpose, status }) => [purpose, status]));
  return { domainId: id, recordStatus, dkim: dkimVerdict(records) };
}

function outcomeOf({ verifiedAtMs }: Domain, dkim: DkimVerdict): VerificationOutcome {
  if (dkim === undefined) return 'dns-failed';
  if (!dkim) return 'not-verified';
  return verifiedAtMs === undefined ? 'elsewhere' : 'verified';
}
