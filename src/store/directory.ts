/**
 * Accounts, sending domains with their DKIM keys, credentials and streams: set up by an operator, looked up by every session.
 * Changes are durable when their promise resolves, and are written to the audit log with `actor`.
 *
 * Caching: additions take effect at once (a miss reads the store); a change or a revocation takes effect within a second
 * (implementations may cache hits for that long, not longer).
 */
import type { CredentialLists } from '../policy/credential-change.ts';
import type { KeyFinding } from '../policy/dkim-key-look.ts';
import type { CertificateFacts } from '../policy/client-certificate.ts';
import type { DkimVerdict } from '../policy/domain-claim.ts';
import type {
  Account,
  AccountTerms,
  Credential,
  CredentialTerms,
  DkimKey,
  DnsRecordStatus,
  Domain,
  Stream,
  StreamMisfit,
} from './directory-records.ts';

export interface DirectoryReader {
  accountByName(name: string): Promise<Account | undefined>;
  listAccounts(): Promise<readonly Account[]>;
  /** The account's own domain, verified or not. `name` in lower-cased A-label form. */
  findDomain(accountId: string, name: string): Promise<Domain | undefined>;
  /** The domain that holds the name (policy/domain-claim.ts), of any account; `undefined`: none was verified. */
  domainHolder(name: string): Promise<Domain | undefined>;
  /** The verified domain that the account added first. */
  oldestVerifiedDomain(accountId: string): Promise<Domain | undefined>;
  listDomains(accountId: string): Promise<readonly Domain[]>;
  /** Keys of a domain in any state, RSA first. `domainId`: a `dom_` id. */
  dkimKeys(domainId: string): Promise<readonly DkimKey[]>;
  /** Every selector that was made for a domain of that name, by any account, also of domains that are gone; `token`: those that contain it. */
  selectorsOf(name: string, token?: string): Promise<readonly string[]>;
  /** Domains with keys that are pending or retired, by name after `after`. */
  domainsRotating(after: string | undefined, limit: number): Promise<readonly Domain[]>;
  /**
   * Domains without pending keys whose active keys all began to sign at least so long ago as the domain says, else `everyMs`
   * (`undefined`: only those that say it themselves); those that waited longest first.
   */
  domainsToRotate(everyMs: number | undefined, nowMs: number, limit: number): Promise<readonly Domain[]>;
  /** Delegated domains that hold their name, by name after `after`. */
  delegatedDomains(after: string | undefined, limit: number): Promise<readonly Domain[]>;
  credentialByUsername(username: string): Promise<Credential | undefined>;
  /**
   * The API key whose secret, or old secret, has this keyed hash (platform/secret-box.ts), including revoked and expired ones, and
   * those whose old secret is valid no more.
   */
  credentialBySecretHash(secretHash: Uint8Array): Promise<Credential | undefined>;
  /**
   * The credential that has this certificate, or has had it as the one before, by its SHA-256 fingerprint: one in force before one
   * that was revoked, and the one that has it now before the one that had it.
   */
  credentialByCertificate(fingerprint: Uint8Array): Promise<Credential | undefined>;
  /** By id, or by name within the account. */
  findCredential(accountId: string, idOrName: string): Promise<Credential | undefined>;
  /** In order of creation, including revoked and expired ones: `limit` of them after the id `after`, or from the first. */
  listCredentials(
    accountId: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Credential[]>;
  /** Those that are not revoked and expire in that time, soonest first. */
  credentialsExpiring(
    accountId: string,
    fromMs: number,
    toMs: number,
    limit: number,
  ): Promise<readonly Credential[]>;
  /** The current version of the directory, which grows with every change. Later look-ups are at least as new. */
  latestVersion(): Promise<number>;
  /**
   * Ids of the credentials whose own version is above `version`; new credentials have 0 and are not included. `undefined`: some are
   * not there any more, since their account was removed; any may be among them.
   */
  credentialsChangedSince(version: number): Promise<readonly string[] | undefined>;
  /** All credentials of kind `network` that are not revoked, including expired ones. */
  networkCredentials(): Promise<readonly Credential[]>;
  streamByName(accountId: string, name: string): Promise<Stream | undefined>;
  listStreams(accountId: string): Promise<readonly Stream[]>;
  /** The same; those of the last second may be missing. */
  knownStreams(accountId: string): Promise<readonly Stream[]>;
  /** Of every account, those with a pool, a retry schedule or a maximum age. */
  streamsWithDeliveryTerms(): Promise<readonly Stream[]>;
  /** How mail of the account's streams did not fit them, by stream. */
  streamMisfits(accountId: string): Promise<readonly StreamMisfit[]>;
  /** Some of its suppressions have a hash in the place of the address (hashed-addresses.ts), expired or not. */
  hasHashedSuppressions(accountId: string): Promise<boolean>;
}

/** The result of looking up a domain's records. */
export interface DomainRecordsFound {
  readonly domainId: string;
  /** By record purpose; for a holder, only its DKIM records. */
  readonly recordStatus: Readonly<Record<string, DnsRecordStatus>>;
  readonly dkim: DkimVerdict;
  /** Of active keys, those that DNS told of. */
  readonly keys?: readonly KeyLook[];
}

export interface KeyLook {
  readonly selector: string;
  readonly finding: KeyFinding;
}

export interface DomainCheck extends DomainRecordsFound {
  readonly atMs: number;
  /** The domain of the same name that another account holds; looked up as well when the records of this one are present. */
  readonly holder: DomainRecordsFound | undefined;
  /** Nobody asked for it: only what changes is written to the audit log, and told to the account. */
  readonly byItself?: boolean | undefined;
}

/** What looks found of the pending keys of a domain. */
export interface PendingKeyLook {
  readonly domainId: string;
  /** By selector: whether its record is as it should be; `undefined`: DNS did not tell. */
  readonly seen: Readonly<Record<string, boolean | undefined>>;
  readonly atMs: number;
}

export interface DomainTerms {
  readonly rotateEveryMs?: number | undefined;
  readonly delegated?: boolean;
}

export interface DirectoryWriter {
  /** StoreError `conflict` when the name is taken. */
  addAccount(account: Account, actor: string): Promise<void>;
  /**
   * All terms of the account, as they are from then on; its credentials are checked again, in open sessions too. StoreError
   * `not-found`: also of one that is being removed.
   */
  changeAccount(id: string, terms: AccountTerms, atMs: number, actor: string): Promise<void>;
  /** Domain and keys together. StoreError `conflict` when the account has the domain. */
  addDomain(domain: Domain, keys: readonly DkimKey[], actor: string): Promise<void>;
  /**
   * Stores the result and decides which domain holds the name, based on the domains in this transaction
   * (policy/domain-claim.ts); the status of a record that could not be looked up stays. Who loses a name, and who takes it over
   * from another account, gets an event `domain_changed`; after a look that nobody asked for, so does who is verified.
   * Resolves to the domain after the change. StoreError `not-found`.
   */
  recordDomainCheck(check: DomainCheck, actor: string): Promise<Domain>;
  /** Adds pending keys. StoreError `conflict` when some are pending, or a selector was made before; `not-found`. */
  addDkimKeys(domainId: string, keys: readonly DkimKey[], atMs: number, actor: string): Promise<void>;
  /**
   * Keeps what was found, and where it is due (dkim/rotation.ts) makes the pending keys active and retires the active ones, both
   * in one transaction, with an event `domain_changed`. Resolves to the keys afterwards. StoreError `not-found`.
   */
  recordPendingKeys(look: PendingKeyLook, actor: string): Promise<readonly DkimKey[]>;
  /** Removes pending keys, which never signed. Resolves to their number. StoreError `not-found`. */
  dropPendingKeys(domainId: string, atMs: number, actor: string): Promise<number>;
  /**
   * Marks retired keys whose records may go (dkim/rotation.ts), with an event `domain_changed` for the first time, and forgets their
   * private parts. Resolves to the selectors that it marked.
   */
  markRemovableKeys(domainId: string, atMs: number, actor: string): Promise<readonly string[]>;
  /** Removes keys that are marked as removable. Resolves to their number. */
  forgetKeys(domainId: string, selectors: readonly string[], atMs: number, actor: string): Promise<number>;
  /** Changes what `terms` names. Resolves to the domain afterwards. StoreError `not-found`. */
  changeDomain(domainId: string, terms: DomainTerms, atMs: number, actor: string): Promise<Domain>;
  /** Removes the keys too. StoreError `not-found`. */
  removeDomain(id: string, atMs: number, actor: string): Promise<void>;
  /** StoreError `conflict` when another one that is not revoked has its certificate. */
  addCredential(credential: Credential, actor: string): Promise<void>;
  revokeCredential(id: string, atMs: number, actor: string): Promise<void>;
  /**
   * Changes the permissions of a credential as it was read. StoreError `conflict` when it has changed since, `not-found` when
   * it was revoked. Its version grows, so its sessions and messages in progress are checked again.
   */
  changeCredential(
    credential: Pick<Credential, 'id' | 'version'>,
    allowed: CredentialLists & CredentialTerms,
    atMs: number,
    actor: string,
  ): Promise<void>;
  /**
   * Sets a new secret for a credential that is not revoked; everything else stays. The secret before it ends, or stays valid
   * until `keepOldUntilMs`. `certificate`: the secret is the fingerprint of this one, for a credential that logs in by one.
   * `secretKey`: as of a credential. StoreError `not-found`, or `conflict` when the one before is still valid too and one is to be
   * kept, or when another has the certificate.
   */
  replaceCredentialSecret(
    id: string,
    secretHash: Uint8Array,
    atMs: number,
    actor: string,
    keepOldUntilMs?: number,
    certificate?: CertificateFacts,
    secretKey?: string,
  ): Promise<void>;
  /** The secret before the last rotation is valid no more. StoreError `not-found`, or `conflict` when there is none. */
  endOldSecret(id: string, atMs: number, actor: string): Promise<void>;
  /** StoreError `conflict` when the name is taken. */
  addStream(stream: Stream, actor: string): Promise<void>;
  /** Kind and all terms of the stream, as they are from then on. StoreError `not-found`. */
  changeStream(stream: Stream, atMs: number, actor: string): Promise<void>;
  /**
   * Mail of it goes on as if it had no terms, and its suppressions stay for a stream of the same name. StoreError `not-found`;
   * `conflict` while a credential that is not revoked names it.
   */
  removeStream(accountId: string, name: string, atMs: number, actor: string): Promise<void>;
  /** Adds to what is known; of streams that there are not nothing is kept. */
  recordStreamMisfits(found: readonly FoundMisfits[]): Promise<void>;
}

/** Messages that did not fit their stream in the same way. */
export type FoundMisfits = Omit<StreamMisfit, 'firstAtMs'>;
