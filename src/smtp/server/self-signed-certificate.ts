/**
 * A self-signed certificate, so that AUTH is available before the operator has one from an authority: ECDSA P-256,
 * one host name. X.509 v3 (RFC 5280), encoded by platform/der.ts.
 */
import { createHash, generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { systemClock, type Clock } from '../../platform/clock.ts';
import { bitString, der, extension, pem, sequence, subjectAltName, TAG, tagged } from '../../platform/der.ts';
import { systemRandom, type Random } from '../../platform/random.ts';
import { DAY_MS } from '../../platform/time-units.ts';

/** PEM. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

// Long, because nothing renews it and operators forget it.
const VALID_FOR_MS = 3650 * DAY_MS;
const MAX_COMMON_NAME = 64;

const OID = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectKeyIdentifier: Buffer.from('0603551d0e', 'hex'),
  keyUsage: Buffer.from('0603551d0f', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
  authorityKeyIdentifier: Buffer.from('0603551d23', 'hex'),
  extendedKeyUsage: Buffer.from('0603551d25', 'hex'),
  serverAuth: Buffer.from('06082b06010505070301', 'hex'),
} as const;

/**
 * Valid from a day ago (clocks differ) for ten years. `hostname`: a domain name or an IP address. `more`: further
 * extensions, in DER.
 */
export async function makeSelfSignedCertificate(
  hostname: string,
  clock: Clock = systemClock,
  random: Random = systemRandom,
  more: readonly Buffer[] = [],
): Promise<CertificateAndKey> {
  const pair = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const body = toBeSigned(hostname, pair.publicKey, { nowMs: clock.now(), random, more });
  const signature = sign('sha256', body, { key: pair.privateKey, dsaEncoding: 'der' });
  const certificate = sequence(body, sequence(OID.ecdsaWithSha256), bitString(signature));
  return {
    cert: pem('CERTIFICATE', certificate),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** TBSCertificate, RFC 5280 §4.1. */
function toBeSigned(
  hostname: string,
  publicKey: KeyObject,
  {
    nowMs,
    random,
    more,
  }: { readonly nowMs: number; readonly random: Random; readonly more: readonly Buffer[] },
): Buffer {
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  // An uncompressed point: the last 65 octets of the key info (RFC 5480 §2.2).
  const keyId = createHash('sha1').update(keyInfo.subarray(-65)).digest();
  const name = distinguishedName(hostname);
  return sequence(
    tagged(0xa0, der(TAG.integer, Buffer.of(2))),
    serialNumber(random),
    sequence(OID.ecdsaWithSha256),
    name,
    sequence(time(nowMs - DAY_MS), time(nowMs + VALID_FOR_MS)),
    name,
    keyInfo,
    tagged(
      0xa3,
      sequence(
        subjectAltName(hostname),
        extension(OID.basicConstraints, true, sequence()),
        // digitalSignature, the first of nine bits.
        extension(OID.keyUsage, true, Buffer.from('03020780', 'hex')),
        extension(OID.extendedKeyUsage, false, sequence(OID.serverAuth)),
        extension(OID.subjectKeyIdentifier, false, der(TAG.octetString, keyId)),
        extension(OID.authorityKeyIdentifier, false, sequence(tagged(0x80, keyId))),
        ...more,
      ),
    ),
  );
}

/** Positive, 16 octets at most. */
function serialNumber(random: Random): Buffer {
  const octets = Buffer.from(random.bytes(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return der(TAG.integer, octets);
}

function distinguishedName(hostname: string): Buffer {
  const commonName = hostname.length > MAX_COMMON_NAME ? 'Postern' : hostname;
  const attribute = sequence(OID.commonName, der(TAG.utf8String, Buffer.from(commonName)));
  return sequence(der(TAG.set, attribute));
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(atMs: number): Buffer {
  const digits = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return digits < '2050'
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits));
}
