/** The DNS records of a domain with what is known of each: to be published, as last looked up, looked up now. */
import type { Config } from '../config/config.ts';
import { compareRecord, domainRecords, type DomainRecord } from '../dkim/domain-records.ts';
import type { Authority } from '../dns/authoritative.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import type { DkimVerdict } from '../policy/domain-claim.ts';
import type { SpfFinding } from '../policy/checks/domain-mail.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { DkimKey, DnsRecordStatus, Domain } from '../store/directory-records.ts';
import { publishedRecord } from './published-record.ts';
import { dkimRecordWords, dmarcRecordWords } from './record-words.ts';
import { lookAtSpf, type SpfLookOptions } from './spf-look.ts';

/** What the relay's configuration has to do with a domain's records. */
export type RecordConfig = Pick<Config, 'hostname' | 'inbound'>;

export interface KnownRecord extends DomainRecord {
  readonly status: DnsRecordStatus;
}

/** A record after it was looked up. */
export interface CheckedRecord extends KnownRecord {
  /** What DNS has for that name. */
  readonly found: readonly string[];
  /** Why DNS could not be asked; `undefined` when it answered. */
  readonly trouble: string | undefined;
  /** What is wrong with it or worth knowing, a line each. */
  readonly remarks: readonly string[];
  /** What to publish where `value` alone would take away what is there: its terms and ours; `undefined`: `value`. */
  readonly proposed: string | undefined;
  /** Of an SPF record that was evaluated. */
  readonly spf: readonly SpfFinding[];
  /** Of a DMARC record: it fails mail from subdomains that the domain signs. */
  readonly isStrict?: boolean;
}

/** How much is asked besides the records themselves. */
export interface RecordLookOptions extends Omit<SpfLookOptions, 'resolver'> {
  /** Looks where else a record may have been published, and says what is wrong with it. */
  readonly explains: boolean;
  /** Asks the zone's own servers too; `undefined`: the resolver alone is asked. */
  readonly authority?: Authority | undefined;
}

const STATUS_ALONE: RecordLookOptions = { addresses: [], evaluatesAll: false, explains: false };

export function recordsOf(
  domain: string,
  keys: readonly DkimKey[],
  { hostname, inbound }: RecordConfig,
): readonly DomainRecord[] {
  return domainRecords({ domain, keys, hostname, takesReports: inbound.listen.length > 0 });
}

/** With the status of the last look-up. */
export async function knownRecords(
  domain: Domain,
  reader: Pick<DirectoryReader, 'dkimKeys'>,
  config: RecordConfig,
): Promise<readonly KnownRecord[]> {
  return recordsOf(domain.name, await reader.dkimKeys(domain.id), config).map((record) => ({
    ...record,
    status: knownStatus(record, domain),
  }));
}

/** Of a key that does not sign yet or any more the key itself knows it. */
function knownStatus({ purpose, key }: DomainRecord, { recordStatus }: Domain): DnsRecordStatus {
  if (key === undefined || key.state === 'active') return recordStatus[purpose] ?? 'unchecked';
  if (key.failingSinceMs !== undefined) return 'missing';
  return key.seenAtMs === undefined ? 'unchecked' : 'ok';
}

/** Looks all of them up at once. */
export async function checkRecords(
  records: readonly DomainRecord[],
  resolver: Resolver,
  options: RecordLookOptions = STATUS_ALONE,
): Promise<readonly CheckedRecord[]> {
  return await Promise.all(records.map((record) => checkRecord(record, records, { ...options, resolver })));
}

async function checkRecord(
  record: DomainRecord,
  all: readonly DomainRecord[],
  options: RecordLookOptions & { readonly resolver: Resolver },
): Promise<CheckedRecord> {
  const { resolver, explains, authority } = options;
  const { purpose, name } = record;
  const { answer, remarks } = await publishedRecord(record, resolver, authority);
  const plain = {
    ...{ ...record, ...answerFacts(answer), status: compareRecord(record, answer) },
    ...{ remarks, proposed: undefined, spf: [] },
  };
  const withWords = (words: readonly string[]) => [...remarks, ...words];
  switch (purpose) {
    case 'return-path-mx':
      return plain;
    case 'spf':
    case 'return-path-spf': {
      const { findings, ...look } = await lookAtSpf(record, answer, options);
      return { ...plain, ...look, remarks: withWords(look.remarks), spf: findings };
    }
    case 'dmarc': {
      if (!explains) return plain;
      const domain = name.slice('_dmarc.'.length);
      const returnPath = all.find((one) => one.purpose === 'return-path-mx')?.name ?? domain;
      const words = await dmarcRecordWords(answer, plain.status, { domain, returnPath }, resolver);
      return { ...plain, ...words, remarks: withWords(words.remarks) };
    }
    default: {
      if (!explains) return plain;
      const others = all.filter((one) => one !== record && one.key !== undefined);
      const words = await dkimRecordWords(record, answer, plain.status, others, resolver);
      return { ...plain, remarks: withWords(words) };
    }
  }
}

function answerFacts(answer: DnsAnswer<string>): Pick<CheckedRecord, 'found' | 'trouble'> {
  return {
    found: answer.kind === 'found' ? answer.records : [],
    trouble: answer.kind === 'failed' ? answer.reason : undefined,
  };
}

/** Of a key that signs. */
export function isSigningRecord({ key }: Pick<DomainRecord, 'key'>): boolean {
  return key?.state === 'active';
}

/** Of the keys that sign. `undefined`: some record could not be asked for and none is wrong, so nothing new is known. */
export function dkimVerdict(records: readonly KnownRecord[]): DkimVerdict {
  const statuses = records.filter(isSigningRecord).map(({ status }) => status);
  if (statuses.some((status) => status === 'missing' || status === 'different')) return false;
  return statuses.length > 0 && statuses.every((status) => status === 'ok') ? true : undefined;
}
