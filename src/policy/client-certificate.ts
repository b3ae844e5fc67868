/**
 * Certificates that clients log in with (SASL EXTERNAL, RFC 4422 appendix A). A certificate is known by the SHA-256 of its DER
 * form and by nothing else: who issued it, its names and its uses say nothing, so there is no list of authorities, and no
 * revocation list to ask. What counts beside that is its time and the strength of its key, at each login.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import { DAY_MS } from '../platform/time-units.ts';

/** What is read of a certificate. */
export interface ClientCertificate {
  /** SHA-256 of the DER form, 32 octets. */
  readonly fingerprint: Uint8Array;
  /** One line, such as `CN=web1, O=Example`, shortened; whoever made it has chosen it. */
  readonly subject: string;
  /** NaN: it cannot be read. RFC 5280 §4.1.2.5. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Such as `rsa of 1024 bits`, where the key is too weak to stand for anybody. */
  readonly weakKey: string | undefined;
}

/** What is known of the certificate of a credential; `undefined`: only its fingerprint was ever seen. */
export interface CertificateFacts {
  readonly subject: string | undefined;
  readonly notAfterMs: number | undefined;
}

export interface CertificateFault {
  readonly kind: 'expired' | 'not-yet-valid' | 'weak-key';
  /** Goes on after `the certificate`. */
  readonly words: string;
}

const FINGERPRINT_OCTETS = 32;
const MOST_SUBJECT_CHARS = 200;
/** NIST SP 800-57 part 1, table 2: less is not enough since 2014. */
const LEAST_RSA_BITS = 2048;
/** Before a certificate ends, its operator is told for so long. */
export const CERTIFICATE_WARNING_MS = 14 * DAY_MS;

/** Never throws, whatever a client has put into it. */
export function readClientCertificate(certificate: X509Certificate): ClientCertificate {
  return {
    fingerprint: new Uint8Array(createHash('sha256').update(certificate.raw).digest()),
    subject: subjectOf(certificate),
    notBeforeMs: timeOf(() => certificate.validFromDate),
    notAfterMs: timeOf(() => certificate.validToDate),
    weakKey: weakKeyOf(certificate),
  };
}

/** Why nobody may log in with it at that time; `undefined`: it is good. */
export function certificateFault(
  { notBeforeMs, notAfterMs, weakKey }: Pick<ClientCertificate, 'notBeforeMs' | 'notAfterMs' | 'weakKey'>,
  nowMs: number,
): CertificateFault | undefined {
  // Compared so that a time that cannot be read is none that is good.
  if (!(notBeforeMs <= nowMs))
    return { kind: 'not-yet-valid', words: `is not valid before ${timeWords(notBeforeMs)}` };
  if (!(notAfterMs > nowMs)) return { kind: 'expired', words: `expired at ${timeWords(notAfterMs)}` };
  if (weakKey !== undefined) return { kind: 'weak-key', words: `has a weak key (${weakKey})` };
  return undefined;
}

/** `AB:CD:...`, as `openssl x509 -fingerprint -sha256` prints it. */
export function formatFingerprint(fingerprint: Uint8Array): string {
  return Array.from(fingerprint, (octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

/** With or without colons and the words that OpenSSL puts before it; `undefined`: it is none. */
export function parseFingerprint(text: string): Uint8Array | undefined {
  const digits = /^(?:sha-?256(?: Fingerprint)?[=:])?((?:[0-9a-f]{2}:?){32})$/i.exec(text.trim())?.[1];
  if (digits === undefined) return undefined;
  const octets = Buffer.from(digits.replaceAll(':', ''), 'hex');
  return octets.length === FINGERPRINT_OCTETS ? new Uint8Array(octets) : undefined;
}

/** What is known of the certificate: as it was given, else as a client showed it last. */
export function knownOf(given: CertificateFacts, shown: CertificateFacts | undefined): CertificateFacts {
  return {
    subject: given.subject ?? shown?.subject,
    notAfterMs: given.notAfterMs ?? shown?.notAfterMs,
  };
}

/** It has ended, or ends within two weeks. */
export function endsSoon({ notAfterMs }: Pick<CertificateFacts, 'notAfterMs'>, nowMs: number): boolean {
  return notAfterMs !== undefined && notAfterMs - nowMs <= CERTIFICATE_WARNING_MS;
}

/** Node.js has a line for each attribute. */
function subjectOf({ subject }: X509Certificate): string {
  // `undefined` where there are no attributes, whatever its type says.
  const text = (subject as string | undefined) ?? '';
  return text.split('\n').join(', ').slice(0, MOST_SUBJECT_CHARS);
}

function timeOf(read: () => Date): number {
  try {
    return read().getTime();
  } catch {
    return NaN;
  }
}

function weakKeyOf(certificate: X509Certificate): string | undefined {
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = certificate.publicKey;
    const bits = details?.modulusLength;
    return bits === undefined || bits >= LEAST_RSA_BITS ? undefined : `${type} of ${bits} bits`;
  } catch {
    return 'of an unknown kind';
  }
}

function timeWords(atMs: number): string {
  return Number.isNaN(atMs) ? 'a time that cannot be read' : new Date(atMs).toISOString();
}
