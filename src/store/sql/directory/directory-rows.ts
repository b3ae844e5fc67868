/** Rows of accounts, domains, keys, credentials and streams, and the records that they stand for. */
import type { HealthTerms } from '../../../policy/health-terms.ts';
import type { CertificateFacts } from '../../../policy/client-certificate.ts';
import { compactLimits, type UsageLimits } from '../../../policy/usage-limits.ts';
import { authorizationKeyOf } from '../../../smtp/address-keys.ts';
import type {
  Account,
  Credential,
  CredentialKind,
  DkimKey,
  DnsRecordStatus,
  Domain,
  Stream,
  StreamTerms,
} from '../../directory-records.ts';

export interface AccountRow {
  readonly public_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly limits: string;
  readonly storage: number | null;
  readonly retain_content: number | null;
  readonly retain_metadata: number | null;
  readonly retain_events: number | null;
  readonly health: string;
}

export interface DomainRow {
  readonly public_id: string;
  readonly account_public_id: string;
  readonly name: string;
  readonly verified_at: number | null;
  readonly failing_since: number | null;
  readonly delegated: number;
  readonly rotate_every: number | null;
  readonly failed_looks: number;
  readonly record_status: string;
  readonly created_at: number;
}

export interface DkimKeyRow {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKey['algorithm'];
  readonly sealed_private_key: Uint8Array;
  readonly public_key: string;
  readonly state: DkimKey['state'];
  readonly created_at: number;
  readonly seen_since: number | null;
  readonly activated_at: number | null;
  readonly retired_at: number | null;
  readonly removable_at: number | null;
  readonly seen_at: number | null;
  readonly failing_since: number | null;
  readonly dropped_at: number | null;
}

export interface CredentialRow {
  readonly public_id: string;
  readonly account_public_id: string;
  readonly account_name: string;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly username: string | null;
  readonly secret_hash: Uint8Array | null;
  readonly old_secret_hash: Uint8Array | null;
  readonly old_secret_until: number | null;
  readonly by_certificate: number;
  readonly certificate_subject: string | null;
  readonly certificate_until: number | null;
  readonly networks: string;
  readonly domains: string;
  readonly from_addresses: string;
  readonly scopes: string;
  readonly stream: string;
  readonly rate_per_minute: number | null;
  readonly daily_quota: number | null;
  readonly limits: string;
  readonly account_limits: string;
  readonly account_storage: number | null;
  readonly require_tls: number;
  readonly send_dsn: number;
  readonly dsn_to: string | null;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly created_at: number;
  readonly version: number;
}

export interface StreamRow {
  readonly account_public_id: string;
  readonly name: string;
  readonly kind: Stream['kind'];
  readonly created_at: number;
  readonly terms: string;
}

export function accountOf(row: AccountRow): Account {
  return {
    id: row.public_id,
    name: row.name,
    createdAtMs: row.created_at,
    ...(row.limits !== '{}' && { limits: JSON.parse(row.limits) as UsageLimits }),
    ...(row.storage !== null && { storageBytes: row.storage }),
    ...(row.retain_content !== null && { retainContentMs: row.retain_content }),
    ...(row.retain_metadata !== null && { retainMetadataMs: row.retain_metadata }),
    ...(row.retain_events !== null && { retainEventsMs: row.retain_events }),
    ...(row.health !== '{}' && { healthTerms: JSON.parse(row.health) as HealthTerms }),
  };
}

export function domainOf(row: DomainRow): Domain {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    name: row.name,
    verifiedAtMs: row.verified_at ?? undefined,
    failingSinceMs: row.failing_since ?? undefined,
    failedLooks: row.failed_looks === 0 ? undefined : row.failed_looks,
    recordStatus: JSON.parse(row.record_status) as Record<string, DnsRecordStatus>,
    ...(row.delegated === 1 ? { delegated: true } : {}),
    ...(row.rotate_every === null ? {} : { rotateEveryMs: row.rotate_every }),
    createdAtMs: row.created_at,
  };
}

export function dkimKeyOf(row: DkimKeyRow): DkimKey {
  return {
    domain: row.domain,
    selector: row.selector,
    algorithm: row.algorithm,
    sealedPrivateKey: row.sealed_private_key,
    publicKey: row.public_key,
    state: row.state,
    createdAtMs: row.created_at,
    seenSinceMs: row.seen_since ?? undefined,
    activatedAtMs: row.activated_at ?? undefined,
    retiredAtMs: row.retired_at ?? undefined,
    removableAtMs: row.removable_at ?? undefined,
    seenAtMs: row.seen_at ?? undefined,
    failingSinceMs: row.failing_since ?? undefined,
    droppedAtMs: row.dropped_at ?? undefined,
  };
}

export function credentialOf(row: CredentialRow): Credential {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    accountName: row.account_name,
    kind: row.kind,
    name: row.name,
    username: row.username ?? undefined,
    secretHash: row.secret_hash ?? undefined,
    oldSecretHash: row.old_secret_hash ?? undefined,
    oldSecretUntilMs: row.old_secret_until ?? undefined,
    ...(row.by_certificate === 1 && {
      certificate: certificateFactsOf(row.certificate_subject, row.certificate_until),
    }),
    networks: JSON.parse(row.networks) as string[],
    domains: JSON.parse(row.domains) as string[],
    fromAddresses: (JSON.parse(row.from_addresses) as string[]).map(authorizationKeyOf),
    scopes: JSON.parse(row.scopes) as string[],
    stream: row.stream,
    ratePerMinute: row.rate_per_minute ?? undefined,
    dailyQuota: row.daily_quota ?? undefined,
    limits: limitsColumn(row.limits),
    accountLimits: limitsColumn(row.account_limits),
    ...(row.account_storage !== null && { accountStorageBytes: row.account_storage }),
    requireTls: row.require_tls === 1,
    sendDsn: row.send_dsn === 1,
    dsnTo: row.dsn_to ?? undefined,
    expiresAtMs: row.expires_at ?? undefined,
    revokedAtMs: row.revoked_at ?? undefined,
    createdAtMs: row.created_at,
    version: row.version,
  };
}

/** Of the columns that tables have for it. */
export function certificateFactsOf(subject: string | null, until: number | null): CertificateFacts {
  return { subject: subject ?? undefined, notAfterMs: until ?? undefined };
}

function limitsColumn(json: string): UsageLimits | undefined {
  return json === '{}' ? undefined : compactLimits(JSON.parse(json) as UsageLimits);
}

export function streamOf(row: StreamRow): Stream {
  const { account_public_id: accountId, name, kind, created_at: createdAtMs, terms } = row;
  return { accountId, name, kind, createdAtMs, ...(JSON.parse(terms) as StreamTerms) };
}
