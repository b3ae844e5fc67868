/** A client certificate as an argument names it: a file in PEM or DER, or its SHA-256 fingerprint. */
import { X509Certificate } from 'node:crypto';
import type { GivenCertificate } from '../../admin/credentials/certificate.ts';
import {
  certificateFault,
  parseFingerprint,
  readClientCertificate,
} from '../../policy/client-certificate.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { readBytes } from './file-bytes.ts';

/** What OpenSSL takes of a client in all (SSL_MAX_CERT_LIST_DEFAULT), and its text form. */
const MOST_OCTETS = 256 * 1024;
const HOW = 'openssl x509 -in FILE -noout -fingerprint -sha256 prints the fingerprint';

/** Warns of one that cannot be used yet. Throws CliFailure. */
export async function readCertificate(context: CommandContext, text: string): Promise<GivenCertificate> {
  const fingerprint = parseFingerprint(text);
  if (fingerprint !== undefined) return { fingerprint, read: undefined };
  if (/^[0-9a-f:]{16,}$/i.test(text))
    throw usage(`--certificate ${text}: a SHA-256 fingerprint has 64 hexadecimal digits`, HOW);
  const octets = await readBytes(context, text, MOST_OCTETS + 1);
  if (octets.length > MOST_OCTETS)
    throw new CliFailure('too-large', `${text} has more than ${MOST_OCTETS} octets`);
  const read = readClientCertificate(parse(text, octets));
  const fault = certificateFault(read, context.nowMs);
  if (fault?.kind === 'not-yet-valid') context.warn(`the certificate ${fault.words}`);
  return { fingerprint: read.fingerprint, read };
}

/** Where it could not be used: relayd opens such a listener only when it is told to. */
export function warnOfNoListener(context: CommandContext): void {
  const { config, services } = context;
  const running = services.runningRelay(config)?.submission ?? [];
  if (config.submission.listenCertificates.length > 0 || running.some(({ certificates }) => certificates))
    return;
  context.warn(
    'no listener asks for client certificates yet: set submission.listen_certificates = ["0.0.0.0:8465", "[::]:8465"] and restart relayd',
  );
}

/** Of several, the first: that is the client's (RFC 8446 §4.4.2). */
function parse(file: string, octets: Buffer): X509Certificate {
  try {
    return new X509Certificate(octets);
  } catch {
    const isKey = octets.includes('PRIVATE KEY-----');
    throw new CliFailure(
      'unreadable',
      isKey
        ? `${file} is a private key, which stays with the client`
        : `${file} is no certificate in PEM or DER`,
      { hint: 'name the file of the certificate, which begins with -----BEGIN CERTIFICATE-----' },
    );
  }
}
