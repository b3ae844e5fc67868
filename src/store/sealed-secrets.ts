/**
 * What the store holds sealed under the master key, read to find out whether a key is the right one: the check value, and
 * the secrets themselves where a store is older than that value.
 */

/** A secret as it is stored; what it is sealed for follows from the names. */
export type SealedSecret =
  | {
      readonly kind: 'dkim';
      readonly domain: string;
      readonly selector: string;
      readonly sealed: Uint8Array;
    }
  | { readonly kind: 'webhook'; readonly webhookId: string; readonly sealed: Uint8Array };

export interface SealedReader {
  /** What was kept by `keepMasterKeyCheck`; `undefined`: nothing yet. */
  masterKeyCheck(): Promise<Uint8Array | undefined>;
  /** The oldest of each kind, at most `limit` of each. */
  oldestSecrets(limit: number): Promise<readonly SealedSecret[]>;
}

export interface SealedWriter {
  /** Keeps the value by which a wrong master key is known, unless there is one: the first stays. */
  keepMasterKeyCheck(sealed: Uint8Array): Promise<void>;
}
