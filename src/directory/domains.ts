/** Sending domains, as the command line and the API both add and verify them. */
import type { DkimKeySet } from '../dkim/dkim-key.ts';
import { generateDkimKeys } from '../dkim/keys.ts';
import type { Resolver } from '../dns/resolver.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { Domain } from '../store/records.ts';
import {
  checkRecords,
  dkimVerdict,
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

/** Makes its keys and keeps them with it; durable when it resolves. StoreError `conflict` when the domain exists. */
export async function addDomain(added: NewDomain, needs: NewDomainNeeds): Promise<Domain> {
  const { name, accountId, keySet } = added;
  const { directory, box, random, nowMs, actor } = needs;
  const keys = await generateDkimKeys({ domain: name, nowMs, box, keySet });
  const domain: Domain = {
    id: makeId('dom_', nowMs, random),
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
  readonly reader: Pick<DirectoryReader, 'dkimKeys'>;
  readonly directory: Pick<DirectoryWriter, 'setDomainStatus'>;
  readonly resolver: Resolver;
  readonly config: RecordConfig;
  readonly nowMs: number;
  readonly actor: string;
}

export interface Verification {
  /** As it is now. */
  readonly domain: Domain;
  readonly records: readonly CheckedRecord[];
  /** Whether the DKIM records are as they should be; `undefined`: DNS could not be asked, nothing new is known. */
  readonly verdict: boolean | undefined;
}

/** Looks its records up and keeps what was found. A domain that was verified stays so when DNS cannot be asked. */
export async function verifyDomain(domain: Domain, needs: VerificationNeeds): Promise<Verification> {
  const { reader, directory, resolver, config, nowMs, actor } = needs;
  const records = await checkRecords(recordsOf(domain.name, reader.dkimKeys(domain.name), config), resolver);
  const verdict = dkimVerdict(records);
  const verifiedAtMs =
    verdict === undefined ? domain.verifiedAtMs : verdict ? (domain.verifiedAtMs ?? nowMs) : undefined;
  const recordStatus = Object.fromEntries(records.map(({ purpose, status }) => [purpose, status]));
  await directory.setDomainStatus(domain.name, recordStatus, verifiedAtMs, actor);
  return { domain: { ...domain, recordStatus, verifiedAtMs }, records, verdict };
}
