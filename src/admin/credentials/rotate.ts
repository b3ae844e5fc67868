/** A new secret for a credential, in place of the old one, which stops within a second. Everything else stays. */
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import type { AdminRefusal } from '../refusal.ts';
import { secretOf } from './credential-secret.ts';
import { beyondHolder } from './holder-bounds.ts';
import { revokedBefore } from './revoke.ts';

/** Durable when it resolves to the secret. StoreError `not-found` when it was revoked meanwhile. */
export async function rotateCredential(
  credential: Credential,
  { directory, box, random, clock, holder, actor }: With<'directory' | 'box' | 'random' | 'clock' | 'holder'>,
): Promise<{ readonly secret: string } | AdminRefusal> {
  const { id, kind, name } = credential;
  const revoked = revokedBefore(credential);
  if (revoked !== undefined) return revoked;
  if (kind === 'network') {
    const problem = `credential ${name} is a network: it has no secret to replace`;
    return { refused: 'no-secret', field: undefined, problem };
  }
  // The caller gets the new secret, which is equivalent to adding a credential.
  const beyond = beyondHolder(credential, holder);
  if (beyond !== undefined) return beyond;
  const secret = secretOf(kind, random);
  await directory.replaceCredentialSecret(id, box.hmac(secret), clock.now(), actor);
  return { secret };
}
