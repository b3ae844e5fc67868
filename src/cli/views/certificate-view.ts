/** The client certificate of a credential: which it is, and how long it is valid. */
import {
  endsSoon,
  formatFingerprint,
  knownOf,
  type CertificateFacts,
} from '../../policy/client-certificate.ts';
import type { Credential } from '../../store/directory-records.ts';
import { fullTime, relative } from '../output/time-words.ts';

/** Rows of a label and words; none for one without a certificate. `shown`: as a client last showed it. */
export function certificateRows(
  { certificate, secretHash }: Credential,
  shown: CertificateFacts | undefined,
  { nowMs }: { readonly nowMs: number },
): readonly [string, string][] {
  if (certificate === undefined || secretHash === undefined) return [];
  const { subject, notAfterMs } = knownOf(certificate, shown);
  const rows: [string, string][] = [['SHA-256', formatFingerprint(secretHash)]];
  if (subject !== undefined) rows.push(['subject', subject]);
  rows.push([
    'valid',
    notAfterMs === undefined
      ? 'until a client shows it, nobody knows how long'
      : `until ${fullTime(notAfterMs)} (${relative(notAfterMs, nowMs)})${endsSoon({ notAfterMs }, nowMs) ? ': relayctl credential rotate --certificate' : ''}`,
  ]);
  return rows;
}

/** `undefined`: it has none, or it is valid for long. */
export function certificateWarning(
  { certificate }: Credential,
  shown: CertificateFacts | undefined,
  nowMs: number,
): string | undefined {
  if (certificate === undefined) return undefined;
  const { notAfterMs } = knownOf(certificate, shown);
  if (notAfterMs === undefined || !endsSoon({ notAfterMs }, nowMs)) return undefined;
  return notAfterMs <= nowMs ? 'certificate expired' : `certificate ends ${relative(notAfterMs, nowMs)}`;
}
