/** A sending domain as `--json` prints it. The keys are part of the contract. */
import type { DomainRecord } from '../dkim/domain-records.ts';
import type { DnsRecordStatus, Domain } from '../store/records.ts';
import { timestamp } from './timestamp.ts';

export interface RecordView extends DomainRecord {
  readonly status: DnsRecordStatus;
}

export function domainShape(domain: Domain, accountName: string, records: readonly RecordView[]) {
  return {
    domain: domain.name,
    verified: domain.verifiedAtMs !== undefined,
    records: records.map(({ purpose, type, name, value, status }) => ({
      purpose,
      type,
      name,
      value,
      status,
    })),
    ...domainFacts(domain, accountName),
  };
}

/** For lists: without the records. */
export function domainLineShape(domain: Domain, accountName: string) {
  return {
    domain: domain.name,
    verified: domain.verifiedAtMs !== undefined,
    ...domainFacts(domain, accountName),
  };
}

function domainFacts(domain: Domain, accountName: string) {
  return {
    id: domain.id,
    account: accountName,
    verified_at: timestamp(domain.verifiedAtMs),
    created_at: timestamp(domain.createdAtMs),
  };
}
