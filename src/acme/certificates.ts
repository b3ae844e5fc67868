/**
 * What is made of X.509 for an order: the request for a certificate with a fresh key (RFC 2986 §4), and the certificate that
 * answers TLS-ALPN-01 (RFC 8737 §3).
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { bitString, der, extension, sequence, subjectAltName, TAG, tagged } from '../platform/der.ts';
import type { Random } from '../platform/random.ts';
import { makeSelfSignedCertificate, type CertificateAndKey } from '../smtp/server/self-signed-certificate.ts';

const OID = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  /** RFC 2985 §5.4.2. */
  extensionRequest: Buffer.from('06092a864886f70d01090e', 'hex'),
  /** RFC 8737 §6.1. */
  acmeIdentifier: Buffer.from('06082b0601050507011f', 'hex'),
} as const;
const VERSION_1 = der(TAG.integer, Buffer.of(0));

export interface CertificateRequest {
  /** DER in base64url. */
  readonly csr: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

/** For one host name, in subjectAltName alone: a common name holds 64 octets. */
export function makeCertificateRequest(name: string): CertificateRequest {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = sequence(subjectAltName(name));
  const body = sequence(
    VERSION_1,
    sequence(),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa0, sequence(OID.extensionRequest, der(TAG.set, extensions))),
  );
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'der' });
  const csr = sequence(body, sequence(OID.ecdsaWithSha256), bitString(signature));
  return {
    csr: csr.toString('base64url'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** Self-signed, with the hash of the key authorization in place of trust. */
export async function makeAlpnCertificate(
  name: string,
  keyAuthorization: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<CertificateAndKey> {
  const digest = createHash('sha256').update(keyAuthorization).digest();
  const identifier = extension(OID.acmeIdentifier, true, der(TAG.octetString, digest));
  return await makeSelfSignedCertificate(name, clock, random, [identifier]);
}
