/** The client certificate that a credential is to log in by: whether anybody could, and whether another has it. */
import type { Clock } from '../../platform/clock.ts';
import {
  certificateFault,
  CERTIFICATE_WARNING_MS,
  type CertificateFacts,
  type ClientCertificate,
} from '../../policy/client-certificate.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { CertificateEnd } from '../../store/last-use.ts';
import type { StoreReads } from '../../store/store.ts';
import { conflict, invalid, type AdminRefusal } from '../refusal.ts';

export interface GivenCertificate {
  /** SHA-256 of the DER form. */
  readonly fingerprint: Uint8Array;
  /** `undefined`: only the fingerprint was given, and all else is seen when a client shows it. */
  readonly read: ClientCertificate | undefined;
}

/** A certificate that has ended, or ends soon, and the credential that has it. */
export interface EndingCertificate extends CertificateEnd {
  readonly account: string;
}

const MOST_OF_ACCOUNT = 100;

/** `self`: the credential that gets it in place of another one. */
export async function certificateProblem(
  { fingerprint, read }: GivenCertificate,
  self: Credential | undefined,
  { reader, clock }: { readonly reader: Pick<StoreReads, 'credentialByCertificate'>; readonly clock: Clock },
): Promise<AdminRefusal | undefined> {
  const nowMs = clock.now();
  const fault = read && certificateFault(read, nowMs);
  // One for later can be given before.
  if (fault !== undefined && fault.kind !== 'not-yet-valid')
    return invalid('certificate', `the certificate ${fault.words}: nobody could log in with it`);
  const holder = await reader.credentialByCertificate(fingerprint);
  if (holder === undefined || holder.revokedAtMs !== undefined) return undefined;
  const isCurrent = isSame(holder.secretHash, fingerprint);
  if (holder.id === self?.id)
    return isCurrent
      ? conflict(`credential ${holder.name} has this certificate already`, 'certificate')
      : undefined;
  if (!isCurrent && (holder.oldSecretUntilMs ?? 0) <= nowMs) return undefined;
  const whose = `credential ${holder.name} of account ${holder.accountName}`;
  return conflict(
    `${whose} has this certificate, and a certificate stands for one`,
    'certificate',
    holder.id,
  );
}

export function factsOf({ read }: GivenCertificate): CertificateFacts {
  return { subject: read?.subject, notAfterMs: read?.notAfterMs };
}

/** Of all accounts, those that are not revoked, the first ones of each account. */
export async function endingCertificates(
  reader: Pick<StoreReads, 'listAccounts' | 'certificatesEnding'>,
  nowMs: number,
): Promise<readonly EndingCertificate[]> {
  const found: EndingCertificate[] = [];
  for (const { id, name: account } of await reader.listAccounts())
    for (const end of await reader.certificatesEnding(id, 0, nowMs + CERTIFICATE_WARNING_MS, MOST_OF_ACCOUNT))
      found.push({ ...end, account });
  return found;
}

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.from(one).equals(other);
}
