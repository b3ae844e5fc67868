/**
 * Records of the directory: accounts, their domains and keys, their credentials and streams. Plain readonly data that
 * survives a structured clone, so that a record can cross a thread. Times are milliseconds since the epoch; text ids are
 * the public ones.
 */
import type { DnsRecordStatus } from '../dkim/domain-records.ts';
import type { Misfit } from '../policy/stream-fit.ts';
import type { HealthTerms } from '../policy/health-terms.ts';
import type { CertificateFacts } from '../policy/client-certificate.ts';
import type { UsageLimits } from '../policy/usage-limits.ts';

export type { DnsRecordStatus } from '../dkim/domain-records.ts';
export type { DkimKey } from '../dkim/dkim-key.ts';

/** What an account may do and keep, apart from what its credentials may; what is absent is not limited, or is as configured. */
export interface AccountTerms {
  /** Of all its credentials together. */
  readonly limits?: UsageLimits | undefined;
  /** Octets of content that is kept for its credentials' messages. */
  readonly storageBytes?: number | undefined;
  /** Shorter than what is configured (config/retention); a longer one has no effect. */
  readonly retainContentMs?: number | undefined;
  readonly retainMetadataMs?: number | undefined;
  readonly retainEventsMs?: number | undefined;
  /** Its own limits of sending health; those that it does not name are as configured. */
  readonly healthTerms?: HealthTerms | undefined;
}

export interface Account extends AccountTerms {
  /** `acc_` id. */
  readonly id: string;
  /** Unique; `default` exists from the first start. */
  readonly name: string;
  readonly createdAtMs: number;
}

export interface Domain {
  /** `dom_` id. */
  readonly id: string;
  readonly accountId: string;
  /** Lower-cased A-label name, unique in its account. At most one domain of a name is verified (policy/domain-claim.ts). */
  readonly name: string;
  /** When its DKIM records were seen in DNS. */
  readonly verifiedAtMs: number | undefined;
  /** Since when the DKIM records are known to fail; `undefined`: they do not, or were never seen. */
  readonly failingSinceMs?: number | undefined;
  /** How many looks have found that since then; absent: none. */
  readonly failedLooks?: number | undefined;
  /** Result of the last look-up by record purpose, such as `dkim-rsa`; absent before the first. */
  readonly recordStatus: Readonly<Record<string, DnsRecordStatus>>;
  /** Its DKIM names are CNAMEs to names in the relay's own zone (`dkim.zone`). */
  readonly delegated?: boolean;
  /** How old its keys get; 0: until somebody rotates them; `undefined`: as configured (`dkim.rotate_every`). */
  readonly rotateEveryMs?: number | undefined;
  readonly createdAtMs: number;
}

export type CredentialKind = 'smtp' | 'api' | 'network';

export interface Credential {
  /** `crd_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly kind: CredentialKind;
  readonly name: string;
  /** For `smtp`; unique. `undefined` for other kinds. */
  readonly username: string | undefined;
  /** HMAC-SHA-256 of the secret under the server's key, or the fingerprint of `certificate`; `undefined` for `network`. */
  readonly secretHash: Uint8Array | undefined;
  /** The id of the master key that made it (platform/secret-box.ts), where one is written; `undefined`: the store's first key. */
  readonly secretKey?: string | undefined;
  /** Of one that somebody holds (intake/credential-standing.ts): the hashes of what they presented, while several keys are accepted. */
  readonly presentedHashes?: readonly Uint8Array[] | undefined;
  /** The secret before the last rotation, valid beside it until `oldSecretUntilMs`; both `undefined`: none. */
  readonly oldSecretHash?: Uint8Array | undefined;
  readonly oldSecretUntilMs?: number | undefined;
  /**
   * `smtp` only: it logs in by a client certificate and by nothing else; `secretHash` and `oldSecretHash` are SHA-256 fingerprints.
   * Of the current one, as far as it was given; in a session: of the one that the client showed.
   */
  readonly certificate?: CertificateFacts | undefined;
  /** CIDR blocks: for `network` the clients that need no AUTH, for others the only ones that may use it (empty: any). */
  readonly networks: readonly string[];
  /** Domains it may send from; empty: every domain of the account. */
  readonly domains: readonly string[];
  /** Addresses it may send from, as `authorizationKey`s; empty: any address of its domains. */
  readonly fromAddresses: readonly string[];
  readonly scopes: readonly string[];
  /** The stream of its messages when the message names none. */
  readonly stream: string;
  /** Messages a minute; `undefined`: no limit. */
  readonly ratePerMinute: number | undefined;
  /** Recipients a day (UTC); `undefined`: no limit. */
  readonly dailyQuota: number | undefined;
  /** Further limits of its use; `undefined`: none. */
  readonly limits?: UsageLimits | undefined;
  /** Those of its account, for all its credentials together; maintained by the store. `undefined`: none. */
  readonly accountLimits?: UsageLimits | undefined;
  /** Octets that its account may keep; maintained by the store. `undefined`: no limit. */
  readonly accountStorageBytes?: number | undefined;
  /** `network` only: refuse mail without TLS. */
  readonly requireTls: boolean;
  /** False: no DSNs to the reverse-path for mail of this credential. */
  readonly sendDsn: boolean;
  /** DSNs about its mail go there instead, `local-part@domain`; `undefined`: to the reverse-path. */
  readonly dsnTo?: string | undefined;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly createdAtMs: number;
  /**
   * Maintained by the store: grows with each change of the credential's permissions, including the loss of a domain of its
   * account. 0 for a new one.
   */
  readonly version: number;
}

/** Name and permissions of a credential besides its lists; see {@link Credential}. */
export type CredentialTerms = Pick<
  Credential,
  | 'name'
  | 'stream'
  | 'ratePerMinute'
  | 'dailyQuota'
  | 'limits'
  | 'requireTls'
  | 'sendDsn'
  | 'dsnTo'
  | 'expiresAtMs'
>;

/** What a stream says of its mail beyond its kind; what is absent is as configured. */
export interface StreamTerms {
  /** Its name for recipients, on pages that they see. */
  readonly title?: string | undefined;
  /** Pool of sources that it leaves from, unless its route names one. */
  readonly pool?: string | undefined;
  /** Waits after the first, second, ... attempt, unless a rule of the destination says. */
  readonly retryScheduleMs?: readonly number[] | undefined;
  /** How long it is tried, unless a rule of the destination says. */
  readonly maxAgeMs?: number | undefined;
  /** MT-PRIORITY of what names none; it decides whether the stream is bulk (policy/mail-rank.ts). */
  readonly priority?: number | undefined;
  /** Header fields of messages that do not have them, by name; ASCII. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is tracked where the message does not say. */
  readonly track?: readonly Tracked[] | undefined;
  /** Label below the account's domains: mail from there is of this stream, and mail of it comes from there. */
  readonly subdomain?: string | undefined;
}

export type Tracked = 'opens' | 'clicks';

export interface Stream extends StreamTerms {
  readonly accountId: string;
  readonly name: string;
  readonly kind: 'transactional' | 'broadcast';
  readonly createdAtMs: number;
}

/** How mail does not fit its stream (policy/stream-fit.ts), as it was counted. */
export interface StreamMisfit {
  readonly accountId: string;
  readonly stream: string;
  readonly misfit: Misfit;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly messages: number;
  /** The latest; a `msg_` id. */
  readonly exampleId: string;
}
