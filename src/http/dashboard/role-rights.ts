/** What a person may do with the routes of the API, by role: which scopes to read by, and which to change by. */
import type { Grant, Person, PersonRole } from '../../store/people-records.ts';
import { SCOPES, type Scope } from '../scopes.ts';

interface Rights {
  readonly reads: readonly Scope[];
  readonly changes: readonly Scope[];
}

const WORK: readonly Scope[] = [
  'messages:read',
  'suppressions',
  'domains',
  'webhooks',
  'templates',
  'recipients',
];

const RIGHTS: Readonly<Record<PersonRole, Rights>> = {
  'read-only': { reads: WORK, changes: [] },
  // What an application needs that sends.
  developer: { reads: WORK, changes: ['webhooks', 'templates'] },
  // What keeps mail going.
  operator: { reads: WORK, changes: ['send', 'suppressions', 'domains', 'webhooks', 'templates'] },
  // Credentials, audit log, erasing a person too.
  admin: { reads: ['admin'], changes: ['admin'] },
};

const READING = ['GET', 'HEAD'];

export function allows(role: PersonRole, method: string, scope: Scope): boolean {
  const { reads, changes } = RIGHTS[role];
  const scopes = READING.includes(method) ? reads : changes;
  return scopes.includes(scope) || scopes.includes('admin');
}

/**
 * As scopes of an API key: what the person makes of one, or gives a new secret to, may do no more. `admin` reads content, so who may not
 * has all others in its place.
 */
export function scopesOf({ role, readsContent }: Pick<Grant, 'role' | 'readsContent'>): readonly Scope[] {
  const scopes = new Set([...RIGHTS[role].reads, ...RIGHTS[role].changes]);
  if (scopes.has('admin') && !readsContent) return SCOPES.filter((scope) => scope !== 'admin');
  return [...scopes];
}

/** The grant that counts in the account: its own before the one for every account. */
export function grantFor({ grants }: Pick<Person, 'grants'>, accountId: string): Grant | undefined {
  return (
    grants.find((grant) => grant.accountId === accountId) ??
    grants.find((grant) => grant.accountId === undefined)
  );
}

/** The grant for every account: what a person may do with the relay itself. */
export function relayGrantOf({ grants }: Pick<Person, 'grants'>): Grant | undefined {
  return grants.find(({ accountId }) => accountId === undefined);
}
