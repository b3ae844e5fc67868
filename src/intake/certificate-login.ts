/**
 * A login with the client certificate of the TLS handshake: SASL EXTERNAL, RFC 4422 appendix A. TLS has proved that the client has
 * the private key. The authorization identity is empty, or the user name of the credential that has the certificate.
 *
 * Fingerprints are public, so they stand in the log. What is wrong with a certificate by itself is told to the client, whose it
 * is; whether a credential has it is not.
 */
import { certificateFault, formatFingerprint, type ClientCertificate } from '../policy/client-certificate.ts';
import { reply } from '../smtp/server/replies.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import { heldBy, heldByCertificate, isValid } from './credential-standing.ts';
import type { Presented } from './presented-login.ts';

export function presentedCertificate(
  certificate: ClientCertificate,
  authorizationId: string,
  directory: Pick<DirectoryReader, 'credentialByCertificate'>,
): Presented {
  const { fingerprint } = certificate;
  const isMeant = ({ username }: Credential) => authorizationId === '' || authorizationId === username;
  return {
    user: certificateThrottleName(fingerprint),
    given: fingerprint,
    find: () => directory.credentialByCertificate(fingerprint),
    holds(found, nowMs) {
      const held = heldBy([fingerprint], found);
      if (held?.certificate === undefined || !isMeant(held)) return undefined;
      if (certificateFault(certificate, nowMs) !== undefined) return undefined;
      const holder = heldByCertificate(held, certificate);
      return isValid(holder, nowMs) ? holder : undefined;
    },
    about(found, nowMs) {
      const shown = {
        certificate: formatFingerprint(fingerprint),
        certificate_subject: certificate.subject,
      };
      const fault = certificateFault(certificate, nowMs);
      const because = fault && `the certificate ${fault.words}`;
      if (found === undefined)
        return {
          ...shown,
          because: because ?? 'no credential has this certificate',
          ...(fault === undefined && { fix: addCommand(fingerprint) }),
        };
      return {
        ...shown,
        credential: found.id,
        because: because ?? whyNot(found, isMeant(found), nowMs),
        ...(fault !== undefined && { fix: `relayctl credential rotate ${found.id} --certificate FILE` }),
      };
    },
    refusal(nowMs) {
      const fault = certificateFault(certificate, nowMs);
      return fault && reply(535, '5.7.8', `The client certificate ${fault.words}`);
    },
  };
}

/** The throttle key of failures with a certificate: who shows another one is not held up. */
export function certificateThrottleName(fingerprint: Uint8Array): string {
  return `certificate ${Buffer.from(fingerprint.subarray(0, 12)).toString('base64')}`;
}

function whyNot(found: Credential, isMeant: boolean, nowMs: number): string {
  if (found.revokedAtMs !== undefined) return 'its credential was revoked';
  if (!isMeant) return 'the authorization identity is not the user name of its credential';
  return isValid(found, nowMs)
    ? 'it was replaced, and its time beside the new one is over'
    : 'its credential has expired';
}

function addCommand(fingerprint: Uint8Array): string {
  return `relayctl credential add --name NAME --certificate ${formatFingerprint(fingerprint)}`;
}
