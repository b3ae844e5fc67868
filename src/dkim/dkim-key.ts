/** A DKIM key as it is kept: everything but the private part can be shown. RFC 6376 §3.6.1, RFC 8463. */

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** The private key, sealed (AES-256-GCM, platform/secret-box.ts); PKCS #8 DER inside. */
  readonly sealedPrivateKey: Uint8Array;
  /** The value of `p=`, base64. */
  readonly publicKey: string;
  /** `active` keys sign; `pending` wait for DNS; `retired` stay published only. */
  readonly state: 'active' | 'pending' | 'retired';
  readonly createdAtMs: number;
}
