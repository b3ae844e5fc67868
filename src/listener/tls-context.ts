/**
 * The server's certificate and TLS settings. The certificate comes from the operator's PEM files, or is made once,
 * self-signed, and kept in the data folder. What is read is checked before it is used, so that a renewal that went
 * wrong leaves the old certificate working. TLS 1.2 and later, session tickets on.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { CIPHERS } from '../platform/tls-ciphers.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

export interface TlsFiles {
  /** `tls.cert` and `tls.key`; both `undefined`: self-signed. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly dataDir: string;
  /** What a self-signed certificate is for. */
  readonly hostname: string;
}

export interface TlsMaterial {
  /** PEM: the certificate, then intermediates. */
  readonly cert: string;
  readonly key: string;
  readonly selfSigned: boolean;
}

/** `unreadable`: a file can't be read; `malformed`: no certificate or key in it; `mismatch`: they don't belong together. */
export class TlsError extends Error {
  readonly code: 'unreadable' | 'malformed' | 'mismatch';
  constructor(code: TlsError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** In the data folder, mode 0600: key and certificate in one file, so that they always belong together. */
export const SELF_SIGNED_FILE = 'self-signed.pem';
/** Measured: 60 to 70 µs of CPU less a handshake than with the curves the other way round. */
const CURVES = 'X25519:P-256';

/**
 * Resolves to a function that reads the certificate as it is now (at start, at renewal); it throws TlsError. A
 * self-signed one is made first where there is none, or where the one there has expired or is for another host.
 */
export async function openTls(files: TlsFiles, clock: Clock, random: Random): Promise<() => TlsMaterial> {
  const { cert, key } = files;
  if (cert !== undefined && key !== undefined) {
    return () => checked({ cert: read(cert), key: read(key), selfSigned: false }, `${cert} and ${key}`);
  }
  const bundle = path.join(files.dataDir, SELF_SIGNED_FILE);
  const load = () => {
    const text = read(bundle);
    return checked({ cert: text, key: text, selfSigned: true }, bundle);
  };
  if (!isUsable(load, files.hostname, clock)) {
    const made = await makeSelfSignedCertificate(files.hostname, clock, random);
    writeDurably(bundle, made.key + made.cert, Buffer.from(random.bytes(6)).toString('hex'));
  }
  return load;
}

/** One for all listeners: they share session tickets. */
export function createServerContext(material: TlsMaterial): SecureContext {
  return createSecureContext(serverContextOptions(material));
}

/** The same for servers that make their context themselves. */
export function serverContextOptions(material: TlsMaterial): SecureContextOptions {
  return {
    cert: material.cert,
    key: material.key,
    minVersion: 'TLSv1.2',
    ecdhCurve: CURVES,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // Without one OpenSSL does not resume sessions.
    sessionIdContext: 'postern',
  };
}

function isUsable(load: () => TlsMaterial, hostname: string, clock: Clock): boolean {
  try {
    const certificate = new X509Certificate(load().cert);
    return (
      certificate.validToDate.getTime() > clock.now() &&
      (isIP(hostname) === 0
        ? certificate.checkHost(domainToASCII(hostname))
        : certificate.checkIP(hostname)) !== undefined
    );
  } catch {
    return false;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TlsError('unreadable', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

function checked(material: TlsMaterial, where: string): TlsMaterial {
  let matches: boolean;
  try {
    matches = new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key));
  } catch (cause) {
    throw new TlsError('malformed', `no usable certificate and private key in ${where}`, { cause });
  }
  if (!matches)
    throw new TlsError('mismatch', `certificate and private key do not belong together: ${where}`);
  return material;
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
