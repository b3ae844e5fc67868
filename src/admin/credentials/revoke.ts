/** A credential ends: it stops working within a second, for good. */
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import type { AdminRefusal } from '../refusal.ts';

/** Durable when it resolves to the time of the revocation. */
export async function revokeCredential(
  credential: Credential,
  { directory, clock, actor }: With<'directory' | 'clock'>,
): Promise<{ readonly revokedAtMs: number } | AdminRefusal> {
  const refusal = revokedBefore(credential);
  if (refusal !== undefined) return refusal;
  const revokedAtMs = clock.now();
  await directory.revokeCredential(credential.id, revokedAtMs, actor);
  return { revokedAtMs };
}

/** Nothing can be done any more with one that was revoked. */
export function revokedBefore({ name, revokedAtMs }: Credential): AdminRefusal | undefined {
  if (revokedAtMs === undefined) return undefined;
  return { refused: 'revoked', field: undefined, problem: `credential ${name} has been revoked` };
}
