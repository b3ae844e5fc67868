/**
 * A new secret for a credential, in place of the old one, which stops within a second or stays valid beside it for a while.
 * Everything else stays.
 */
import { DAY_MS } from '../../platform/time-units.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { invalid, type AdminRefusal } from '../refusal.ts';
import { secretOf } from './credential-secret.ts';
import { beyondHolder } from './holder-bounds.ts';
import { revokedBefore } from './revoke.ts';

/** An old secret that is valid for longer is not being replaced. */
const LONGEST_KEEP_MS = 30 * DAY_MS;

/**
 * Durable when it resolves to the secret. `keepOldMs`: how long the one before stays valid; `undefined`: not at all. StoreError
 * `not-found` when it was revoked meanwhile, `conflict` when another rotation kept the old secret.
 */
export async function rotateCredential(
  credential: Credential,
  { directory, box, random, clock, holder, actor }: With<'directory' | 'box' | 'random' | 'clock' | 'holder'>,
  keepOldMs?: number,
): Promise<{ readonly secret: string; readonly oldUntilMs: number | undefined } | AdminRefusal> {
  const { id, kind } = credential;
  const nowMs = clock.now();
  const refusal =
    withoutSecret(credential) ??
    (keepOldMs === undefined ? undefined : keepProblem(credential, keepOldMs, nowMs)) ??
    // The caller gets the new secret, which is equivalent to adding a credential.
    beyondHolder(credential, holder);
  if (refusal !== undefined || kind === 'network') return refusal ?? noSecret(credential);
  const secret = secretOf(kind, random);
  const oldUntilMs = keepOldMs === undefined ? undefined : nowMs + keepOldMs;
  await directory.replaceCredentialSecret(id, box.hmac(secret), nowMs, actor, oldUntilMs);
  return { secret, oldUntilMs };
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
