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

export interface LastUseReader {
  /** Of those that were used; in any order. */
  lastUses(credentialIds: readonly string[]): Promise<readonly LastUse[]>;
}

export interface LastUseWriter {
  /** Uses of different credentials. Those that are unknown are ignored; an older use than the last changes no more than the networks. */
  recordUses(uses: readonly CredentialUse[]): Promise<readonly NewNetworkUse[]>;
}
