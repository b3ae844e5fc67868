/** The client certificate of a credential as `--json` prints it; `null`: it logs in otherwise. */
import { formatFingerprint, knownOf, type CertificateFacts } from '../policy/client-certificate.ts';
import type { Credential } from '../store/directory-records.ts';
import { timestamp } from './timestamp.ts';

/** `shown`: as a client last showed it. What nobody knows yet is `null`. */
export function certificateJson(
  { certificate, secretHash }: Pick<Credential, 'certificate' | 'secretHash'>,
  shown: CertificateFacts | undefined,
) {
  if (certificate === undefined || secretHash === undefined) return null;
  const { subject, notAfterMs } = knownOf(certificate, shown);
  return {
    fingerprint: formatFingerprint(secretHash),
    subject: subject ?? null,
    not_after: timestamp(notAfterMs),
  };
}
