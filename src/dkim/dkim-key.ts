/** A DKIM key as stored: everything except the private key may be shown. RFC 6376 §3.6.1, RFC 8463. */
import type { KeyLife } from './rotation.ts';

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKey extends KeyLife {
  readonly domain: string;
  readonly algorithm: DkimAlgorithm;
  /** The private key, sealed (AES-256-GCM, platform/secret-box.ts); PKCS #8 DER inside. */
  readonly sealedPrivateKey: Uint8Array;
  /** The value of `p=`, base64. */
  readonly publicKey: string;
  /** When its record was last seen in DNS as it should be; `undefined`: never. */
  readonly seenAtMs?: number | undefined;
  /** Since when its record is known to be missing or different; `undefined`: it is not. */
  readonly failingSinceMs?: number | undefined;
  /** Since when it is left out of signatures while the domain has another one (policy/dkim-key-look.ts). */
  readonly droppedAtMs?: number | undefined;
}

/**
 * The keys that a domain signs with: RSA-2048 and Ed25519 (default), or RSA-2048 alone, which costs one record and
 * one signature less. There is no set without RSA (RFC 8463 §6).
 */
export type DkimKeySet = 'both' | 'rsa';

/** In the order of signing: RSA is topmost. */
export const DKIM_ALGORITHMS: Readonly<Record<DkimKeySet, readonly DkimAlgorithm[]>> = {
  both: ['rsa-sha256', 'ed25519-sha256'],
  rsa: ['rsa-sha256'],
};

export const DKIM_KEY_SETS = ['both', 'rsa'] as const satisfies readonly DkimKeySet[];

/** The refusal of Ed25519 alone. */
export const WHY_NOT_ED25519_ALONE =
  'many receivers cannot verify Ed25519, so what is signed with it has to be signed with RSA as well (RFC 8463 §6)';

/** From the active keys of a domain; pending and retired keys do not count. */
export function keySetOf(keys: readonly DkimKey[]): DkimKeySet {
  const hasEd25519 = keys.some(
    ({ algorithm, state }) => algorithm === 'ed25519-sha256' && state === 'active',
  );
  return hasEd25519 ? 'both' : 'rsa';
}
