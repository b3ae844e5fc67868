/**
 * The master keys that a store was used with, and what was hashed under each. A key is known here by its id alone
 * (platform/secret-box.ts). What is sealed under a key: sealed-secrets.ts.
 */

export interface DataKeyRecord {
  readonly keyId: string;
  /** When it became the present one, the last time. */
  readonly adoptedAtMs: number;
  /** Up to then at least tokens were made under it; {@link NOTED_EVERY_MS} later it was used for the last time. */
  readonly usedAtMs: number;
}

/** A process that works with a key says so once in this time. */
export const NOTED_EVERY_MS = 3_600_000;

/** A valid secret of a credential whose hash was made under another key than the present one. */
export interface OldHash {
  readonly keyId: string | undefined;
  readonly account: string;
  readonly credentialId: string;
  readonly name: string;
}

export interface OldHashes {
  /** Of secrets, by key; `undefined`: the first key of a store that knows of none yet. */
  readonly counts: readonly { readonly keyId: string | undefined; readonly secrets: number }[];
  /** The first of them, in order of creation. */
  readonly first: readonly OldHash[];
  /** Suppressions of erased addresses, by key: nobody can hash those anew (hashed-addresses.ts). */
  readonly erased: readonly { readonly keyId: string; readonly suppressions: number }[];
}

export interface DataKeyReader {
  /** In order of adoption: the present one is last. */
  dataKeys(): Promise<readonly DataKeyRecord[]>;
  /** The id of the first key of the store; `undefined`: it knows of none yet. */
  firstDataKey(): Promise<string | undefined>;
  /** Of credentials that are neither revoked nor expired. `keyId`: of the present key. */
  hashesUnderOthers(keyId: string, nowMs: number, limit: number): Promise<OldHashes>;
  /** The last day (days since the epoch) on which a recipient of a holder with a limit of new ones was noted; `undefined`: none was. */
  newestKnownRecipient(): Promise<number | undefined>;
}

export interface KeyInUse {
  readonly keyId: string;
  /** The key that the store was made with so far, for a store that knows of none yet; `undefined`: this one. */
  readonly before: string | undefined;
  /** It becomes the present one, though others were that after it. One that is new always does. */
  readonly takesOver: boolean;
  readonly atMs: number;
}

export interface SecretRehash {
  readonly credentialId: string;
  /** The hash that is stored; another one is left as it is. */
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** A known recipient of a holder (usage.ts): hashes in base64. */
export interface RecipientRehash {
  readonly holder: string;
  readonly from: string;
  readonly to: string;
}

export interface DataKeyWriter {
  /** Something is made under this key, now. Resolves to all keys, as {@link DataKeyReader.dataKeys}. */
  noteDataKey(use: KeyInUse, actor: string): Promise<readonly DataKeyRecord[]>;
  /**
   * Replaces hashes of secrets, current or old, that were presented, by such under the key `keyId`; nothing where another key is the
   * present one: nodes must not turn each other's work back. Resolves to the number of those replaced.
   */
  rehashSecrets(keyId: string, rehashes: readonly SecretRehash[]): Promise<number>;
  /** As {@link rehashSecrets}, of known recipients. */
  rehashRecipients(keyId: string, rehashes: readonly RecipientRehash[]): Promise<void>;
}
