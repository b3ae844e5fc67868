/**
 * Values sealed under the master key, read to check whether a key is the right one: the check value, or the secrets
 * themselves in a store that is older than the check value.
 */

/** A stored secret; its purpose follows from the names. */
export type SealedSecret =
  | {
      readonly kind: 'dkim';
      readonly domain: string;
      readonly selector: string;
      readonly sealed: Uint8Array;
    }
  | { readonly kind: 'webhook'; readonly webhookId: string; readonly sealed: Uint8Array };

export interface SealedReader {
  /** The value of `keepMasterKeyCheck`; `undefined`: none yet. */
  masterKeyCheck(): Promise<Uint8Array | undefined>;
  /** The oldest of each kind, at most `limit` of each. */
  oldestSecrets(limit: number): Promise<readonly SealedSecret[]>;
}

export interface SealedWriter {
  /** Stores the value that detects a wrong master key, unless there is one: the first is kept. */
  keepMasterKeyCheck(sealed: Uint8Array): Promise<void>;
}
