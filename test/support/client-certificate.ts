/** Certificates that clients show, of any key and time: made here, so that no test needs OpenSSL's program. RFC 5280 §4.1. */
import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { bitString, der, extension, pem, sequence, TAG, tagged } from '../../src/platform/der.ts';

export interface ClientCertificateOptions {
  /** Default P-256. */
  readonly key?: 'P-256' | 'P-384' | 'P-521' | 'ed25519' | 'rsa' | 'rsa-1024';
  /** Default `client.test`. */
  readonly name?: string;
  /** Default: a day ago, and in a year. */
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** Who signs it, with its own name. Default: itself. */
  readonly issuer?: MadeCertificate;
  /** Octets that mean nothing to anybody. */
  readonly padding?: number;
}

export interface MadeCertificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the DER form. */
  readonly fingerprint: Uint8Array;
}

const DAY_MS = 86_400_000;
const OIDS = {
  commonName: Buffer.from('0603550403', 'hex'),
  padding: Buffer.from('06042a030405', 'hex'),
  ec: Buffer.from('06082a8648ce3d040302', 'hex'),
  rsa: Buffer.from('06092a864886f70d01010b0500', 'hex'),
  ed25519: Buffer.from('06032b6570', 'hex'),
};

export function makeClientCertificate(options: ClientCertificateOptions = {}): MadeCertificate {
  const { key = 'P-256', name = 'client.test', issuer, padding = 0 } = options;
  const nowMs = Date.now();
  const { notBeforeMs = nowMs - DAY_MS, notAfterMs = nowMs + 365 * DAY_MS } = options;
  const { publicKey, privateKey } = pairOf(key);
  const signer = issuer?.key ?? privateKey;
  const type = issuer === undefined ? (privateKey.asymmetricKeyType ?? 'ec') : 'ec';
  const algorithm = sequence(OIDS[type as 'ec' | 'rsa' | 'ed25519']);
  const more =
    padding === 0 ? [] : [extension(OIDS.padding, false, der(TAG.octetString, Buffer.alloc(padding)))];
  const body = sequence(
    tagged(0xa0, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, Buffer.of(1)),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time(notBeforeMs), time(notAfterMs)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(more.length === 0 ? [] : [tagged(0xa3, sequence(...more))]),
  );
  const signature = sign(type === 'ed25519' ? null : 'sha256', body, signer);
  const cert = pem('CERTIFICATE', sequence(body, algorithm, bitString(signature)));
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '');
  return {
    name,
    cert,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    fingerprint: new Uint8Array(Buffer.from(fingerprint, 'hex')),
  };
}

function pairOf(key: NonNullable<ClientCertificateOptions['key']>): {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
} {
  switch (key) {
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'rsa-1024':
      return generateKeyPairSync('rsa', { modulusLength: 1024 });
    default:
      return generateKeyPairSync('ec', { namedCurve: key });
  }
}

function nameOf(name: string): Buffer {
  return sequence(der(TAG.set, sequence(OIDS.commonName, der(TAG.utf8String, Buffer.from(name)))));
}

/** GeneralizedTime, which nobody refuses before 2050 either. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return der(TAG.generalizedTime, Buffer.from(digits));
}
