/**
 * A sending domain's look-up: its records are looked up, what was found is kept, and policy/domain-claim.ts decides whether it is
 * verified. Asked for by an operator or a tenant, or done by relayd itself (upkeep/domain-watch.ts).
 */
import { DMARC_OF_SUBDOMAINS } from '../dkim/dmarc.ts';
import { holdsKey } from '../dkim/domain-records.ts';
import type { KeyFinding } from '../policy/dkim-key-look.ts';
import { graceOf, type DkimVerdict } from '../policy/domain-claim.ts';
import type { DomainCheck, DomainRecordsFound } from '../store/directory.ts';
import type { Domain } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { addressesToAllow } from './addresses-to-allow.ts';
import {
  checkRecords,
  dkimVerdict,
  isSigningRecord,
  recordsOf,
  type CheckedRecord,
} from './domain-records.ts';

export type CheckContext = With<'reader' | 'directory' | 'resolver' | 'openAuthority' | 'config' | 'clock'>;
type RecordingContext = Omit<CheckContext, 'reader' | 'directory' | 'config'> & {
  readonly reader: Pick<CheckContext['reader'], 'dkimKeys' | 'domainHolder'>;
  readonly directory: Pick<CheckContext['directory'], 'recordDomainCheck'>;
  readonly config: Pick<CheckContext['config'], 'hostname' | 'inbound'>;
};

/**
 * `failing`: it is verified, but its DKIM records are not as they should be. `elsewhere`: they are there, but another account was
 * verified first and holds the name; only who can publish records in the domain is told so, without the other account's name.
 */
export type VerificationOutcome = 'verified' | 'failing' | 'not-verified' | 'elsewhere' | 'dns-failed';

export interface Verification {
  /** As it is now. */
  readonly domain: Domain;
  readonly records: readonly CheckedRecord[];
  readonly outcome: VerificationOutcome;
}

/**
 * Looks its records up and keeps what was found. Where the records are there, those of the account that holds the name are
 * looked up too. Look-ups that fail change nothing.
 */
export async function verifyDomain(domain: Domain, context: CheckContext): Promise<Verification> {
  const { reader, resolver, config } = context;
  const keys = await reader.dkimKeys(domain.id);
  const records = await checkRecords(recordsOf(domain.name, keys, config), resolver, {
    addresses: await addressesToAllow(config, resolver),
    evaluatesAll: true,
    explains: true,
    authority: context.openAuthority?.(),
  });
  const checked = await recordLook(domain, records, context, {});
  return { domain: checked, records, outcome: outcomeOf(checked, dkimVerdict(records)) };
}

/** Keeps what a look found; resolves to the domain afterwards. `byItself`: nobody asked for it. */
export async function recordLook(
  domain: Domain,
  records: readonly CheckedRecord[],
  context: RecordingContext,
  { byItself }: Pick<DomainCheck, 'byItself'>,
): Promise<Domain> {
  const { reader, directory, resolver, clock, actor } = context;
  const holder = dkimVerdict(records) === true ? await reader.domainHolder(domain.name) : undefined;
  const check: DomainCheck = {
    ...found(domain, records),
    byItself,
    atMs: clock.now(),
    holder:
      holder === undefined || holder.id === domain.id
        ? undefined
        : found(holder, await checkRecords(await signingRecordsOf(holder, context), resolver)),
  };
  return await directory.recordDomainCheck(check, actor);
}

async function signingRecordsOf({ id, name }: Domain, { reader, config }: RecordingContext) {
  return recordsOf(name, await reader.dkimKeys(id), config).filter(isSigningRecord);
}

function found({ id }: Domain, records: readonly CheckedRecord[]): DomainRecordsFound {
  const counted = records.filter(({ key }) => key === undefined || key.state === 'active');
  const dmarc = counted.find(({ purpose }) => purpose === 'dmarc');
  const ofSubdomains = dmarc?.status === 'unchecked' ? 'unchecked' : dmarc?.isStrict ? 'different' : 'ok';
  const recordStatus = {
    ...Object.fromEntries(counted.map(({ purpose, status }) => [purpose, status])),
    ...(dmarc?.isStrict !== undefined && ({ [DMARC_OF_SUBDOMAINS]: ofSubdomains } as const)),
  };
  const keys = counted.flatMap(({ key, ...record }) =>
    key === undefined || record.status === 'unchecked'
      ? []
      : [{ selector: key.selector, finding: keyFinding(record) }],
  );
  return { domainId: id, recordStatus, dkim: dkimVerdict(records), keys };
}

function keyFinding(record: Pick<CheckedRecord, 'status' | 'value' | 'found'>): KeyFinding {
  if (record.status === 'ok') return 'published';
  return record.status === 'different' && !holdsKey(record, record.found) ? 'other' : 'missing';
}

function outcomeOf(domain: Domain, dkim: DkimVerdict): VerificationOutcome {
  if (dkim === undefined) return 'dns-failed';
  if (!dkim) return graceOf(domain) === undefined ? 'not-verified' : 'failing';
  return domain.verifiedAtMs === undefined ? 'elsewhere' : 'verified';
}
