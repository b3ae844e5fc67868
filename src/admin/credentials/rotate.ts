/**
 * A new secret for a credential, in place of the old one, which stops within a second or stays valid beside it for a while: a
 * password, a key, or another client certificate. Everything else stays.
 */
import { DAY_MS } from '../../platform/time-units.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { invalid, type AdminRefusal } from '../refusal.ts';
import { certificateProblem, factsOf, type GivenCertificate } from './certificate.ts';
import { hashedUnder, secretOf } from './credential-secret.ts';
import { beyondHolder } from './holder-bounds.ts';
import { revokedBefore } from './revoke.ts';

/** An old secret that is valid for longer is not being replaced. */
const LONGEST_KEEP_MS = 30 * DAY_MS;

export interface Rotated {
  /** With the new certificate, where it has one. */
  readonly credential: Credential;
  /** `undefined`: it logs in by a certificate. */
  readonly secret: string | undefined;
  readonly oldUntilMs: number | undefined;
}

/**
 * Durable when it resolves to the secret. `certificate`: for one that logs in by a certificate, and for no other. `keepOldMs`: how long the one before stays valid; `undefined`: not at all. StoreError
 * `not-found` when it was revoked meanwhile, `conflict` when another rotation kept the old secret.
 */
export async function rotateCredential(
  credential: Credential,
  context: With<'reader' | 'directory' | 'box' | 'random' | 'clock' | 'holder'>,
  keepOldMs?: number,
  certificate?: GivenCertificate,
): Promise<Rotated | AdminRefusal> {
  const { directory, box, random, clock, holder, actor } = context;
  const { id, kind } = credential;
  const nowMs = clock.now();
  const refusal =
    withoutSecret(credential) ??
    ofOtherKind(credential, certificate) ??
    (keepOldMs === undefined ? undefined : keepProblem(credential, keepOldMs, nowMs)) ??
    // The caller gets the new secret, which is equivalent to adding a credential.
    beyondHolder(credential, holder) ??
    (certificate && (await certificateProblem(certificate, credential, context)));
  if (refusal !== undefined || kind === 'network') return refusal ?? noSecret(credential);
  const oldUntilMs = keepOldMs === undefined ? undefined : nowMs + keepOldMs;
  if (certificate !== undefined) {
    const [secretHash, facts] = [certificate.fingerprint, factsOf(certificate)];
    await directory.replaceCredentialSecret(id, secretHash, nowMs, actor, oldUntilMs, facts);
    return { credential: { ...credential, secretHash, certificate: facts }, secret: undefined, oldUntilMs };
  }
  const secret = secretOf(kind, random);
  const { secretHash, secretKey } = hashedUnder(box, secret);
  await directory.replaceCredentialSecret(id, secretHash, nowMs, actor, oldUntilMs, undefined, secretKey);
  return { credential, secret, oldUntilMs };
}

/** The secret before the last rotation ends now. Durable when it resolves. */
export async function endOldSecret(
  credential: Credential,
  { directory, clock, actor }: With<'directory' | 'clock'>,
): Promise<{ readonly endedAtMs: number } | AdminRefusal> {
  const nowMs = clock.now();
  const refusal = withoutSecret(credential);
  if (refusal !== undefined) return refusal;
  if (!hasOldSecret(credential, nowMs)) {
    const problem = `credential ${credential.name} has no old secret that is still valid`;
    return { refused: 'no-secret', field: undefined, problem };
  }
  await directory.endOldSecret(credential.id, nowMs, actor);
  return { endedAtMs: nowMs };
}

function withoutSecret(credential: Credential): AdminRefusal | undefined {
  return revokedBefore(credential) ?? (credential.kind === 'network' ? noSecret(credential) : undefined);
}

/** A login is by a password or by a certificate, for good: what it was is what its holder can replace. */
function ofOtherKind(
  { id, name, certificate: has }: Credential,
  given: GivenCertificate | undefined,
): AdminRefusal | undefined {
  if ((has === undefined) === (given === undefined)) return undefined;
  if (has !== undefined)
    return {
      ...{ refused: 'no-secret', field: undefined },
      problem: `credential ${name} logs in by a client certificate: it has no password to replace`,
      remedy: `give it another certificate: relayctl credential rotate ${id} --certificate FILE`,
    };
  return {
    ...{ refused: 'conflict', field: 'certificate' },
    problem: `credential ${name} logs in with a secret, not by a certificate`,
    remedy: `add another for the certificate (relayctl credential add --certificate FILE), then: relayctl credential revoke ${id}`,
  };
}

function noSecret({ name }: Credential): AdminRefusal {
  const problem = `credential ${name} is a network: it has no secret to replace`;
  return { refused: 'no-secret', field: undefined, problem };
}

function hasOldSecret({ oldSecretUntilMs }: Credential, nowMs: number): boolean {
  return oldSecretUntilMs !== undefined && oldSecretUntilMs > nowMs;
}

function keepProblem(credential: Credential, keepOldMs: number, nowMs: number): AdminRefusal | undefined {
  if (keepOldMs <= 0 || keepOldMs > LONGEST_KEEP_MS)
    return invalid(
      'keepOldMs',
      (nameOf) => `${nameOf('keepOldMs')} is more than nothing, and 30 days at the most`,
    );
  if (!hasOldSecret(credential, nowMs)) return undefined;
  return {
    refused: 'conflict',
    field: 'keepOldMs',
    problem: `credential ${credential.name} has an old secret that is still valid: of three, the oldest would end`,
  };
}
