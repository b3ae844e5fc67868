/** Second factors of people: codes by time (TOTP, RFC 6238) and passkeys (WebAuthn). */

export const FACTOR_KINDS = ['totp', 'passkey'] as const;

/** One more is refused. */
export const MOST_FACTORS = 10;

interface AnyFactor {
  /** `fac_` id. */
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly usedAtMs: number | undefined;
}

/** A person has one at most. */
export interface Totp extends AnyFactor {
  readonly kind: 'totp';
  readonly sealedSecret: Uint8Array;
  /** The last time step of which a code was accepted. */
  readonly lastStep: number;
}

export interface Passkey extends AnyFactor {
  readonly kind: 'passkey';
  /** The authenticator's own name of it. */
  readonly credentialId: Uint8Array;
  /** COSE. */
  readonly publicKey: Uint8Array;
  /** Of signatures, where the authenticator counts them; else 0. */
  readonly counter: number;
}

export type Factor = Totp | Passkey;

/** What proves a factor, each counted once: a second use of the same resolves to false. */
export type FactorUse =
  | { readonly kind: 'totp'; readonly factorId: string; readonly step: number }
  | { readonly kind: 'passkey'; readonly factorId: string; readonly counter: number }
  | { readonly kind: 'recovery-code'; readonly personId: string; readonly codeHash: Uint8Array };

/** SHA-256 of a token or challenge that is good once. */
export interface UsedToken {
  readonly hash: Uint8Array;
  readonly untilMs: number;
}
