/**
 * The server's certificate and TLS settings. The certificate comes from the operator's PEM files, or is generated
 * once, self-signed, and kept in the data folder. Files are validated before use, so that a failed renewal leaves the
 * old certificate in place. TLS 1.2 and later, session tickets on.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { Clock } from '../../platform/clock.ts';
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
  /** The name in a self-signed certificate. */
  readonly hostname: string;
  /** The user that runs relayd, for the remedy: a name or a number. */
  readonly user: string;
}

export interface TlsMaterial {
  /** PEM: the certificate, then intermediates. */
  readonly cert: string;
  readonly key: string;
  readonly selfSigned: boolean;
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
/** Measured: 60 to 70 µs of CPU less a handshake than in the reverse order. */
const CURVES = 'X25519:P-256';

/**
 * Resolves to a function that reads the current certificate (at start, at renewal); it throws TlsError. A self-signed
 * one is generated first where there is none, or where it has expired or names another host.
 */
export async function openTls(files: TlsFiles, clock: Clock, random: Random): Promise<() => TlsMaterial> {
  const { dataDir, hostname } = files;
  const load = () => readTls(files);
  if (isSelfSigned(files) && !isUsable(load, hostname, clock)) {
    const made = await makeSelfSignedCertificate(hostname, clock, random);
    const suffix = Buffer.from(random.bytes(6)).toString('hex');
    writeDurably(path.join(dataDir, SELF_SIGNED_FILE), made.key + made.cert, suffix);
  }
  return load;
}

/** The certificate and key in the files now; generates none. TlsError. */
export function readTls(files: TlsFiles): TlsMaterial {
  const bundle = path.join(files.dataDir, SELF_SIGNED_FILE);
  const { cert = bundle, key = bundle } = isSelfSigned(files) ? {} : files;
  const fail = (kind: CertificateFailure['kind'], file: string, error?: unknown) =>
    new TlsError({ kind, file, code: (error as NodeJS.ErrnoException | undefined)?.code }, files);
  const attempt = <T>(kind: CertificateFailure['kind'], file: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw fail(kind, file, error);
    }
  };
  const read = (file: string) => attempt('unreadable', file, () => readFileSync(file, 'utf8'));
  const material = { cert: read(cert), key: read(key), selfSigned: isSelfSigned(files) };
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

/** One for all listeners: they share session tickets. */
export function createServerContext(material: TlsMaterial): SecureContext {
  return createSecureContext(serverContextOptions(material));
}

/** The same for servers that create their own context. */
export function serverContextOptions(material: TlsMaterial): SecureContextOptions {
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

function isUsable(load: () => TlsMaterial, hostname: string, clock: Clock): boolean {
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

function writeDurably(file: string, text: string, suffix: string): void {
  const temporary = `${file}.${suffix}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}
