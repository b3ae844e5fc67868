/** A person who uses the dashboard, as JSON. */
import type { Person } from '../store/people-records.ts';
import { timestamp } from './timestamp.ts';

export function personJson(person: Person) {
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    roles: person.grants.map(({ accountName, role, readsContent }) => ({
      account: accountName ?? null,
      role,
      reads_content: readsContent,
    })),
    has_password: person.hasPassword,
    invited_until: timestamp(person.invitedUntilMs),
    suspended_at: timestamp(person.suspendedAtMs),
    last_sign_in_at: timestamp(person.lastSignInMs),
    second_factors: {
      totp: person.factors.totp,
      passkeys: person.factors.passkeys,
      recovery_codes: person.factors.recoveryCodes,
    },
    created_at: timestamp(person.createdAtMs),
  };
}
