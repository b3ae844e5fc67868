/**
 * Creates and opens DKIM keys. A domain gets an RSA-2048 key, which every verifier supports, and by default also an
 * Ed25519 key (RFC 8301 §3.2, RFC 8463). Private keys leave this file only sealed or as a KeyObject.
 */
import { createPrivateKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretBox } from '../platform/secret-box.ts';
import { DkimError } from './dkim-error.ts';
import { DKIM_ALGORITHMS, type DkimAlgorithm, type DkimKey, type DkimKeySet } from './dkim-key.ts';
import { delegatedSelector, selectorOfMonth } from './selectors.ts';
import type { SigningKey } from './sign.ts';

const generate = promisify(generateKeyPair);

const RSA_BITS = 2048;
const KEY_TYPE: Readonly<Record<DkimAlgorithm, string>> = {
  'rsa-sha256': 'rsa',
  'ed25519-sha256': 'ed25519',
};
// The public key of an Ed25519 key in SPKI form is its last 32 octets; DKIM uses the bare key (RFC 8463 §4).
const ED25519_BYTES = 32;

export interface KeyRequest {
  /** Lower-cased A-label name. */
  readonly domain: string;
  /** Random letters and digits of the account's claim of the domain: part of the selectors, which makes them unique. */
  readonly token: string;
  readonly nowMs: number;
  readonly box: SecretBox;
  /** Default `both`. */
  readonly keySet?: DkimKeySet;
  /** Of a rotation, random: part of the selectors that tell the month. */
  readonly tail?: string;
  /** Of delegated names; `undefined`: the selectors tell the month. */
  readonly generation?: number | undefined;
  /** Default `active`: a new domain signs at once, a rotated key is `pending` until it is seen in DNS. */
  readonly state?: DkimKey['state'];
}

/**
 * A new RSA-2048 key and, for the set `both`, a new Ed25519 key, in this order; selectors such as
 * `postern-202601-TOKEN-rsa` and `postern-202601-TOKEN-ed`.
 */
export async function generateDkimKeys(request: KeyRequest): Promise<DkimKey[]> {
  return await Promise.all(
    DKIM_ALGORITHMS[request.keySet ?? 'both'].map(async (algorithm) => {
      const isRsa = algorithm === 'rsa-sha256';
      const pair = await (isRsa ? generate('rsa', { modulusLength: RSA_BITS }) : generate('ed25519', {}));
      const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
      return sealKey(request, algorithm, pair.privateKey, isRsa ? spki : spki.subarray(-ED25519_BYTES));
    }),
  );
}

/** DkimError `key-unreadable`: wrong master key or damaged record. */
export function openSigningKey(key: DkimKey, box: SecretBox): SigningKey {
  const { domain, selector, algorithm } = key;
  let opened: KeyObject;
  try {
    const der = Buffer.from(box.open(key.sealedPrivateKey, dkimSealContext(domain, selector)));
    opened = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
  } catch (cause) {
    throw new DkimError('key-unreadable', `the DKIM key ${selector}._domainkey.${domain} does not open`, {
      cause,
    });
  }
  if (opened.asymmetricKeyType !== KEY_TYPE[algorithm]) {
    throw new DkimError(
      'key-unreadable',
      `the DKIM key ${selector}._domainkey.${domain} is not ${algorithm}`,
    );
  }
  return { domain, selector, algorithm, key: opened };
}

/** The TXT record's data, unquoted and whole. RFC 6376 §3.6.1. */
export function dkimRecordValue(key: DkimKey): string {
  return `v=DKIM1; k=${KEY_TYPE[key.algorithm]}; p=${key.publicKey}`;
}

function sealKey(request: KeyRequest, algorithm: DkimAlgorithm, key: KeyObject, publicKey: Buffer): DkimKey {
  const { domain, nowMs, box, state = 'active' } = request;
  const { generation, token } = request;
  const selector =
    generation === undefined
      ? selectorOfMonth(algorithm, request)
      : delegatedSelector(algorithm, token, generation);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const sealedPrivateKey = box.seal(der, dkimSealContext(domain, selector));
  der.fill(0);
  return {
    domain,
    selector,
    algorithm,
    sealedPrivateKey,
    publicKey: publicKey.toString('base64'),
    state,
    createdAtMs: nowMs,
  };
}

/** Sealing context of the private key of `selector` (platform/secret-box.ts). */
export function dkimSealContext(domain: string, selector: string): string {
  return `dkim:${domain}:${selector}`;
}
