/** What a person may do with the routes of the API, by role: which scopes to read by, and which to change by. */
import type { Grant, Person, PersonRole } from '../../store/people-records.ts';
import type { Scope } from '../scopes.ts';

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

/** Of scopes of an API key: those that the role has to change by. */
export function scopesOf(role: PersonRole): readonly Scope[] {
  return [...new Set([...RIGHTS[role].reads, ...RIGHTS[role].changes])];
}

/** The grant that counts in the account: its own before the one for every account. */
export function grantFor({ grants }: Pick<Person, 'grants'>, accountId: string): Grant | undefined {
  return (
    grants.find((grant) => grant.accountId === accountId) ??
    grants.find((grant) => grant.accountId === undefined)
  );
}
