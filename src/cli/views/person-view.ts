/** People who use the dashboard, for people. */
import type { Person } from '../../store/people-records.ts';

/** `admin in every account, read-only in shop with content`. */
export function roleWords({ grants }: Pick<Person, 'grants'>): string {
  if (grants.length === 0) return 'none';
  return grants
    .map(
      ({ role, accountName, readsContent }) =>
        `${role} in ${accountName ?? 'every account'}${readsContent ? ' with content' : ''}`,
    )
    .join(', ');
}

/** Whether the person can sign in, and why not. */
export function standingWords(
  { suspendedAtMs, hasPassword, invitedUntilMs }: Person,
  nowMs: number,
): 'suspended' | 'active' | 'invited' | 'no password' {
  if (suspendedAtMs !== undefined) return 'suspended';
  if (hasPassword) return 'active';
  return invitedUntilMs !== undefined && invitedUntilMs > nowMs ? 'invited' : 'no password';
}

/** `authenticator app, 2 passkeys`. */
export function factorWords({ factors: { totp, passkeys } }: Pick<Person, 'factors'>): string {
  const words = [
    ...(totp ? ['authenticator app'] : []),
    ...(passkeys === 0 ? [] : [passkeys === 1 ? 'passkey' : `${passkeys} passkeys`]),
  ];
  return words.length === 0 ? 'none' : words.join(', ');
}
