/**
 * When, where from and with what each credential was last used. Written now and then by a running relay, not with each message; never a
 * part of what it may do, so that it raises no version.
 */
import type { CredentialUse, UseRecord } from '../policy/credential-use.ts';

export interface LastUse extends UseRecord {
  readonly credentialId: string;
}

/** A credential that was used from a network that is new to it (policy/credential-use.ts). */
export interface NewNetworkUse {
  readonly credentialId: string;
  readonly network: string;
}

export interface UnusedCredential {
  readonly id: string;
  readonly name: string;
  /** Its last use, or when it was made. */
  readonly sinceMs: number;
}

export interface NewNetwork {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly atMs: number;
}

export interface CertificateEnd {
  readonly id: string;
  readonly name: string;
  readonly atMs: number;
}

export interface LastUseReader {
  /** Of those that were used; in any order. */
  lastUses(credentialIds: readonly string[]): Promise<readonly LastUse[]>;
  /** Names of an account's credentials in force that were made and last used before that time, the oldest first. */
  unusedCredentials(
    accountId: string,
    beforeMs: number,
    nowMs: number,
    limit: number,
  ): Promise<readonly UnusedCredential[]>;
  /** Those of an account that were used from a network that was new to them, since that time. */
  newNetworks(accountId: string, sinceMs: number, limit: number): Promise<readonly NewNetwork[]>;
  /**
   * Those of an account that are not revoked and whose client certificate ends in that time, soonest first; of one that was added by
   * its fingerprint as soon as it was used.
   */
  certificatesEnding(
    accountId: string,
    fromMs: number,
    toMs: number,
    limit: number,
  ): Promise<readonly CertificateEnd[]>;
}

export interface LastUseWriter {
  /** Uses of credentials that are unknown are ignored; an older use than the last changes no more than the networks. */
  recordUses(uses: readonly CredentialUse[]): Promise<readonly NewNetworkUse[]>;
}
