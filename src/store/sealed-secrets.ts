/**
 * Values sealed under the master key: read to check whether a key is the right one (the check value, or the secrets themselves in
 * a store that is older than the check value), and one after the other, to seal them anew under another key.
 */

/** A stored secret; its purpose follows from the names. */
export type SealedSecret =
  | {
      readonly kind: 'dkim';
      readonly domain: string;
      readonly selector: string;
      readonly sealed: Uint8Array;
    }
  | { readonly kind: 'webhook'; readonly webhookId: string; readonly sealed: Uint8Array }
  /** Of a person's second factor. */
  | { readonly kind: 'totp'; readonly factorId: string; readonly sealed: Uint8Array };

/** Where a secret is stored. `webhook-previous`: the key before the last rotation. */
export const SEALED_PLACES = ['dkim', 'webhook', 'webhook-previous', 'totp'] as const;
export type SealedPlace = (typeof SEALED_PLACES)[number];

/** `row` identifies it in its place, and grows. */
export interface StoredSecret {
  readonly row: number;
  readonly secret: SealedSecret;
}

/** Sealed anew; what was stored in its place meanwhile stays. */
export interface Reseal {
  readonly row: number;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

export interface SealedReader {
  /** The value of `keepMasterKeyCheck`; `undefined`: none yet. */
  masterKeyCheck(): Promise<Uint8Array | undefined>;
  /** The oldest of each kind, at most `limit` of each. */
  oldestSecrets(limit: number): Promise<readonly SealedSecret[]>;
  /** Those of a place after the row `after`, `limit` at most. */
  secretsAfter(place: SealedPlace, after: number, limit: number): Promise<readonly StoredSecret[]>;
}

export interface SealedWriter {
  /** Stores the value that detects a wrong master key, unless there is one: the first is kept. */
  keepMasterKeyCheck(sealed: Uint8Array): Promise<void>;
  /** The same value, sealed anew, if it is still `from`. */
  replaceMasterKeyCheck(from: Uint8Array, to: Uint8Array): Promise<void>;
  /** Resolves to the number of those replaced. */
  reseal(place: SealedPlace, values: readonly Reseal[]): Promise<number>;
}
