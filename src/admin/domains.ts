/** Sending domains, as the command line and the API both add and verify them. */
import type { DkimKeySet } from '../dkim/dkim-key.ts';
import { generateDkimKeys } from '../dkim/keys.ts';
import type { Resolver } from '../dns/resolver.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { DkimVerdict } from '../policy/domain-claim.ts';
import type {
  DirectoryReader,
  DirectoryWriter,
  DomainCheck,
  DomainRecordsFound,
} from '../store/directory.ts';
import type { Domain } from '../store/records.ts';
import {
  checkRecords,
  dkimVerdict,
  isDkimRecord,
  recordsOf,
  type CheckedRecord,
  type RecordConfig,
} from './domain-records.ts';

export interface NewDomainNeeds {
  readonly directory: Pick<DirectoryWriter, 'addDomain'>;
  readonly box: SecretBox;
  readonly random: Random;
  readonly nowMs: number;
  readonly actor: string;
}

export interface NewDomain {
  /** Lower-cased A-label name. */
  readonly name: string;
  readonly accountId: string;
  readonly keySet: DkimKeySet;
}

/** Domains of an account over HTTP: a claim that is never verified costs nothing but its row. */
export const MOST_DOMAINS = 1_000;
/** Characters of an id that are random. */
const TOKEN_CHARS = 16;

/**
 * Makes its keys and keeps them with it; durable when it resolves. The random half of its id stands in its selectors.
 * StoreError `conflict` when the account has the domain.
 */
export async function addDomain(added: NewDomain, needs: NewDomainNeeds): Promise<Domain> {
  const { name, accountId, keySet } = added;
  const { directory, box, random, nowMs, actor } = needs;
  const id = makeId('dom_', nowMs, random);
  const token = id.slice(-TOKEN_CHARS);
  const keys = await generateDkimKeys({ domain: name, token, nowMs, box, keySet });
  const domain: Domain = {
    id,
    accountId,
    name,
    verifiedAtMs: undefined,
    recordStatus: {},
    createdAtMs: nowMs,
  };
  await directory.addDomain(domain, keys, actor);
  return domain;
}

export interface VerificationNeeds {
  readonly reader: Pick<DirectoryReader, 'dkimKeys' | 'domainHolder'>;
  readonly directory: Pick<DirectoryWriter, 'recordDomainCheck'>;
  readonly resolver: Resolver;
  readonly config: RecordConfig;
  readonly nowMs: number;
  readonly actor: string;
}

/**
 * `elsewhere`: the DKIM records are there, but another account was verified first and holds the name. Only who can
 * publish records in the domain hears that, and not of whom.
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
export async function verifyDomain(domain: Domain, needs: VerificationNeeds): Promise<Verification> {
  const { reader, directory, resolver, config, nowMs, actor } = needs;
  const records = await checkRecords(
    recordsOf(domain.name, await reader.dkimKeys(domain.id), config),
    resolver,
  );
  const dkim = dkimVerdict(records);
  const holder = dkim === true ? await reader.domainHolder(domain.name) : undefined;
  const check: DomainCheck = {
    ...found(domain, records),
    atMs: nowMs,
    holder:
      holder === undefined || holder.id === domain.id
        ? undefined
        : found(holder, await checkRecords(await dkimRecordsOf(holder, needs), resolver)),
  };
  const checked = await directory.recordDomainCheck(check, actor);
  return { domain: checked, records, outcome: outcomeOf(checked, dkim) };
}

async function dkimRecordsOf({ id, name }: Domain, { reader, config }: VerificationNeeds) {
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
