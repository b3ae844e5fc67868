/**
 * The server's certificates and TLS settings. A certificate comes from the operator's PEM files, or from an authority by
 * ACME, one for each host name (acme/); until there is one, it is self-signed, generated once and kept in the data folder. Files are validated before use, so that a failed renewal leaves the
 * old certificate in place. TLS 1.2 and later, session tickets on.
 */
import { constants, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { Clock } from '../../platform/clock.ts';
import { writeDurably } from '../../platform/durable-file.ts';
import type { Random } from '../../platform/random.ts';
import { CIPHERS } from '../../platform/tls-ciphers.ts';
import {
  failureWords,
  problemLine,
  type Certificate,
  type CertificateFailure,
} from '../../policy/certificate.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

export interface TlsFiles {
  /** `tls.cert` and `tls.key`; both `undefined`: self-signed. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly dataDir: string;
  /** Host names whose certificates come by ACME; `undefined`: none does. */
  readonly issuedFor?: readonly string[] | undefined;
  /** The name in a self-signed certificate. */
  readonly hostname: string;
  /** The user that runs relayd, for the remedy: a name or a number. */
  readonly user: string;
}

/** PEM: the certificate, then intermediates. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsMaterial extends CertificatePair {
  readonly selfSigned: boolean;
  /** Of clients that ask for one of these names (SNI, RFC 6066 §3); the one above is for all others. */
  readonly byName?: ReadonlyMap<string, CertificatePair> | undefined;
}

/** The files contain no usable certificate. The message names the file and the remedy. */
export class TlsError extends Error {
  readonly failure: CertificateFailure;
  constructor(failure: CertificateFailure, files: Pick<TlsFiles, 'cert' | 'key' | 'user'>) {
    super(problemLine(failureWords(failure, files)));
    this.failure = failure;
  }
}

/** In the data folder, mode 0600: key and certificate in one file, so that they always match. */
export const SELF_SIGNED_FILE = 'self-signed.pem';
/** In the data folder: a file of key and chain for each name, mode 0600. */
export const ISSUED_FOLDER = 'acme';
/** Measured: 60 to 70 µs of CPU less a handshake than in the reverse order. */
const CURVES = 'X25519:P-256';

/**
 * For listeners that ask for certificates. No authority is named, so that a client shows whatever certificate it has (RFC 8446
 * §4.2.4). With TLS 1.2 a client's key has to be on a curve of the list, and nobody becomes somebody else in the middle of a session.
 */
export const ASKING_FOR_CERTIFICATES: SecureContextOptions = {
  ecdhCurve: `${CURVES}:P-384:P-521`,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  // Sessions of other listeners have no certificate.
  sessionIdContext: 'postern-certificates',
};

/**
 * Resolves to a function that reads the current certificate (at start, at renewal); it throws TlsError. A self-signed
 * one is generated first where there is none, or where it has expired or names another host.
 */
export async function openTls(files: TlsFiles, clock: Clock, random: Random): Promise<() => TlsMaterial> {
  const { dataDir, hostname } = files;
  const load = () => readTls(files);
  // Clients get this one until the authority has issued another.
  if (isSelfSigned(files) && !isUsable(() => readPair(selfSignedFiles(files)), hostname, clock)) {
    const made = await makeSelfSignedCertificate(hostname, clock, random);
    writeDurably(path.join(dataDir, SELF_SIGNED_FILE), made.key + made.cert, random);
  }
  return load;
}

/** The certificate and key in the files now; generates none. TlsError. */
export function readTls(files: TlsFiles): TlsMaterial {
  const { cert, key, user, dataDir, hostname, issuedFor } = files;
  const byName = issuedFor && readIssued(dataDir, issuedFor, user);
  const issued = byName && (byName.get(hostname) ?? [...byName.values()][0]);
  if (issued !== undefined) return { ...issued, selfSigned: false, byName };
  const own = cert === undefined || key === undefined ? selfSignedFiles(files) : { cert, key, user };
  return { ...readPair(own), selfSigned: isSelfSigned(files), ...(byName && { byName }) };
}

interface PairFiles {
  readonly cert: string;
  readonly key: string;
  readonly user: string;
}

/** Where the certificate that is issued for `name` is kept, with its key. */
export function issuedFile(dataDir: string, name: string): string {
  return path.join(dataDir, ISSUED_FOLDER, `${name}.pem`);
}

/** What is there of `names`. One that is missing or damaged is ordered anew; one that may not be read is a TlsError. */
export function readIssued(
  dataDir: string,
  names: readonly string[],
  user = 'of relayd',
): ReadonlyMap<string, CertificatePair> {
  const found = new Map<string, CertificatePair>();
  for (const name of names) {
    const file = issuedFile(dataDir, name);
    try {
      found.set(name, readPair({ cert: file, key: file, user }));
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      const { kind, code } = error.failure;
      if (kind === 'unreadable' && code !== 'ENOENT') throw error;
    }
  }
  return found;
}

function selfSignedFiles({ dataDir, user }: Pick<TlsFiles, 'dataDir' | 'user'>): PairFiles {
  const bundle = path.join(dataDir, SELF_SIGNED_FILE);
  return { cert: bundle, key: bundle, user };
}

/** TlsError. */
function readPair(files: PairFiles): CertificatePair {
  const { cert, key, user } = files;
  // A file of both is no file of a key alone.
  const named = cert === key ? { cert, key: undefined, user } : files;
  const fail = (kind: CertificateFailure['kind'], file: string, error?: unknown) =>
    new TlsError({ kind, file, code: (error as NodeJS.ErrnoException | undefined)?.code }, named);
  const attempt = <T>(kind: CertificateFailure['kind'], file: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw fail(kind, file, error);
    }
  };
  const read = (file: string) => attempt('unreadable', file, () => readFileSync(file, 'utf8'));
  const material = { cert: read(cert), key: read(key) };
  const certificate = attempt('malformed', cert, () => new X509Certificate(material.cert));
  const privateKey: KeyObject = attempt('malformed', key, () => createPrivateKey(material.key));
  if (!certificate.checkPrivateKey(privateKey)) throw fail('mismatch', key);
  // OpenSSL rejects weak certificates and malformed intermediates here.
  attempt('malformed', cert, () => createServerContext(material));
  return material;
}

/** Describes the first certificate in `pem` from {@link readTls}. */
export function describeCertificate(pem: string, hostname: string): Certificate {
  const certificate = new X509Certificate(pem);
  return {
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    names: namesOf(certificate),
    coversHostname: covers(certificate, hostname),
  };
}

/** For all listeners, which share session tickets: `*` for every name that is not another key, names in lower case. */
export function createServerContexts(
  material: TlsMaterial,
  more: SecureContextOptions = {},
): ReadonlyMap<string, SecureContext> {
  const contexts = new Map([['*', createServerContext(material, more)]]);
  for (const [name, pair] of material.byName ?? []) contexts.set(name, createServerContext(pair, more));
  return contexts;
}

export function createServerContext(
  material: CertificatePair,
  more: SecureContextOptions = {},
): SecureContext {
  return createSecureContext({ ...serverContextOptions(material), ...more });
}

/** The same for servers that create their own context. */
export function serverContextOptions(material: CertificatePair): SecureContextOptions {
  return {
    cert: material.cert,
    key: material.key,
    minVersion: 'TLSv1.2',
    ecdhCurve: CURVES,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // OpenSSL does not resume sessions without one.
    sessionIdContext: 'postern',
  };
}

function isSelfSigned({ cert, key }: Pick<TlsFiles, 'cert' | 'key'>): boolean {
  return cert === undefined || key === undefined;
}

function isUsable(load: () => CertificatePair, hostname: string, clock: Clock): boolean {
  try {
    const { notAfterMs, coversHostname } = describeCertificate(load().cert, hostname);
    return notAfterMs > clock.now() && coversHostname;
  } catch {
    return false;
  }
}

function covers(certificate: X509Certificate, hostname: string): boolean {
  const found =
    isIP(hostname) === 0
      ? certificate.checkHost(domainToASCII(hostname), { subject: 'never' })
      : certificate.checkIP(hostname);
  return found !== undefined;
}

/** `DNS:a.example, IP Address:192.0.2.1`; a name with other characters is in quotes and kept as it is. */
function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
}
