/** A sending domain as `--json` prints it. The keys are part of the contract. */
import type { DkimKey, DkimKeySet } from '../dkim/dkim-key.ts';
import { switchAtMs } from '../dkim/rotation.ts';
import type { DomainRecord } from '../dkim/domain-records.ts';
import { graceOf } from '../policy/domain-claim.ts';
import type { DnsRecordStatus, Domain } from '../store/directory-records.ts';
import { timestamp } from './timestamp.ts';

export interface RecordView extends DomainRecord {
  readonly status: DnsRecordStatus;
  /** These after a look-up, as admin/domain-records.ts has them. */
  readonly found?: readonly string[];
  readonly remarks?: readonly string[];
  readonly proposed?: string | undefined;
}

/** What is known of a domain beside its own row. */
export interface DomainContext {
  readonly accountName: string;
  readonly keySet: DkimKeySet;
  readonly keys: readonly DkimKey[];
}

export function domainJson(domain: Domain, context: DomainContext, records: readonly RecordView[]) {
  return {
    domain: domain.name,
    verified: domain.verifiedAtMs !== undefined,
    records: records.map(recordJson),
    ...domainFacts(domain, context),
  };
}

function recordJson({ purpose, type, name, value, status, found, remarks, proposed }: RecordView) {
  return {
    ...{ purpose, type, name, value, status },
    ...(found !== undefined && { found: [...found] }),
    ...(remarks !== undefined && remarks.length > 0 && { remarks: [...remarks] }),
    ...(proposed !== undefined && { proposed }),
  };
}

/** For lists: without the records. */
export function domainLineJson(domain: Domain, context: DomainContext) {
  return {
    domain: domain.name,
    verified: domain.verifiedAtMs !== undefined,
    ...domainFacts(domain, context),
  };
}

/**
 * Told by the domain's own records alone, so that it says nothing to those who cannot publish any: they are there, and
 * it is not verified.
 */
export function isVerifiedElsewhere({ verifiedAtMs, recordStatus }: Domain): boolean {
  const dkim = Object.entries(recordStatus).filter(([purpose]) => purpose.startsWith('dkim-'));
  return verifiedAtMs === undefined && dkim.length > 0 && dkim.every(([, status]) => status === 'ok');
}

function domainFacts(domain: Domain, { accountName, keySet, keys }: DomainContext) {
  return {
    id: domain.id,
    account: accountName,
    dkim: keySet,
    verified_at: timestamp(domain.verifiedAtMs),
    verified_elsewhere: isVerifiedElsewhere(domain),
    failing_since: timestamp(domain.failingSinceMs),
    failed_looks: domain.failedLooks ?? 0,
    accepted_until: timestamp(graceOf(domain)?.lostAtMs),
    created_at: timestamp(domain.createdAtMs),
    delegated: domain.delegated === true,
    rotate_every_seconds: domain.rotateEveryMs === undefined ? null : domain.rotateEveryMs / 1000,
    dkim_keys: keys.map((key) => ({
      selector: key.selector,
      algorithm: key.algorithm,
      state: key.removableAtMs === undefined ? key.state : ('removable' as const),
      created_at: timestamp(key.createdAtMs),
      seen_since: timestamp(key.seenSinceMs),
      signs_since: timestamp(key.activatedAtMs),
      failing_since: timestamp(key.failingSinceMs),
      dropped_at: timestamp(key.droppedAtMs),
      retired_at: timestamp(key.retiredAtMs),
      removable_at: timestamp(key.removableAtMs),
    })),
    dkim_switch_at: timestamp(switchAtMs(keys)),
  };
}
