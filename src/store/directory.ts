/**
 * Accounts, sending domains with their DKIM keys, credentials and streams: what an operator sets up and every
 * session looks up. Changes are durable when their promise resolves, and are written to the audit log with `actor`.
 *
 * Caching: what was added counts at once (a look-up that misses reads the store); a change or revocation counts
 * within a second (implementations may cache hits for that long, not longer).
 */
import type { CredentialLists } from '../policy/credential-change.ts';
import type { DkimVerdict } from '../policy/domain-claim.ts';
import type {
  Account,
  Credential,
  CredentialTerms,
  DkimKey,
  DnsRecordStatus,
  Domain,
  Stream,
} from './directory-records.ts';

export interface DirectoryReader {
  accountByName(name: string): Promise<Account | undefined>;
  listAccounts(): Promise<readonly Account[]>;
  /** The account's own, verified or not. `name` in lower-cased A-label form. */
  findDomain(accountId: string, name: string): Promise<Domain | undefined>;
  /** The one that holds the name (policy/domain-claim.ts), of whichever account; `undefined`: none was verified. */
  domainHolder(name: string): Promise<Domain | undefined>;
  /** Of the account's verified domains the one that was added first. */
  oldestVerifiedDomain(accountId: string): Promise<Domain | undefined>;
  listDomains(accountId: string): Promise<readonly Domain[]>;
  /** Keys of a domain in any state, RSA first. `domainId`: a `dom_` id. */
  dkimKeys(domainId: string): Promise<readonly DkimKey[]>;
  credentialByUsername(username: string): Promise<Credential | undefined>;
  /** The API key whose secret has this keyed hash (platform/secret-box.ts), revoked and expired ones too. */
  credentialBySecretHash(secretHash: Uint8Array): Promise<Credential | undefined>;
  /** By id or, within the account, by name. */
  findCredential(accountId: string, idOrName: string): Promise<Credential | undefined>;
  /** In order of creation, revoked and expired ones too: `limit` of them behind the id `after`, or from the first. */
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
  /** The directory's version now: it grows with every change. What is looked up from here on is at least as new. */
  latestVersion(): Promise<number>;
  /** Ids of the credentials whose own version is above `version`; new ones, which have 0, are not among them. */
  credentialsChangedSince(version: number): Promise<readonly string[]>;
  /** All credentials of kind `network` that are not revoked; expired ones too. */
  networkCredentials(): Promise<readonly Credential[]>;
  streamByName(accountId: string, name: string): Promise<Stream | undefined>;
  listStreams(accountId: string): Promise<readonly Stream[]>;
}

/** What a look-up of a domain's records found. */
export interface DomainRecordsFound {
  readonly domainId: string;
  /** By record purpose; of a holder only its DKIM records. */
  readonly recordStatus: Readonly<Record<string, DnsRecordStatus>>;
  readonly dkim: DkimVerdict;
}

export interface DomainCheck extends DomainRecordsFound {
  readonly atMs: number;
  /** The domain of the same name that another account holds: looked up as well where these records are there. */
  readonly holder: DomainRecordsFound | undefined;
}

export interface DirectoryWriter {
  /** StoreError `conflict` when the name is taken. */
  addAccount(account: Account, actor: string): Promise<void>;
  /** Domain and keys together. StoreError `conflict` when the account has the domain. */
  addDomain(domain: Domain, keys: readonly DkimKey[], actor: string): Promise<void>;
  /**
   * Keeps what was found and decides who holds the name, of the domains as they are then (policy/domain-claim.ts). Where
   * another account takes the name over, both get an event `domain_changed`. Resolves to the domain as it is now.
   * StoreError `not-found`.
   */
  recordDomainCheck(check: DomainCheck, actor: string): Promise<Domain>;
  /** With its keys. StoreError `not-found`. */
  removeDomain(id: string, atMs: number, actor: string): Promise<void>;
  addCredential(credential: Credential, actor: string): Promise<void>;
  revokeCredential(id: string, atMs: number, actor: string): Promise<void>;
  /**
   * What it may do, of a credential as it was read: StoreError `conflict` when it was changed since, `not-found` when it was
   * revoked. Its version grows, so its sessions and messages on their way in are asked again.
   */
  changeCredential(
    credential: Pick<Credential, 'id' | 'version'>,
    allowed: CredentialLists & CredentialTerms,
    atMs: number,
    actor: string,
  ): Promise<void>;
  /** A new secret for a credential that is not revoked; everything else stays. StoreError `not-found`. */
  replaceCredentialSecret(id: string, secretHash: Uint8Array, atMs: number, actor: string): Promise<void>;
  addStream(stream: Stream, actor: string): Promise<void>;
}
