/** What a role may do here, to show no button that the API refuses. The API decides: this only hides. */

export type Role = 'admin' | 'operator' | 'developer' | 'read-only';

/** What needs more than the right to work with mail. */
export type Thing =
  'messages' | 'suppressions' | 'domains' | 'templates' | 'webhooks' | 'streams' | 'credentials';

const CHANGES: Readonly<Record<Role, readonly Thing[]>> = {
  admin: ['messages', 'suppressions', 'domains', 'templates', 'webhooks', 'streams', 'credentials'],
  operator: ['messages', 'suppressions', 'domains', 'templates', 'webhooks'],
  developer: ['templates', 'webhooks'],
  'read-only': [],
};

export function mayChangeThe(things: Thing, role: Role): boolean {
  return CHANGES[role].includes(things);
}

/** Pages that only administrators read. */
const ADMIN_PAGES: readonly string[] = ['credentials', 'audit', 'settings'];

export function mayOpen(page: string, role: Role): boolean {
  return role === 'admin' || !ADMIN_PAGES.includes(page);
}

/** The scope `admin` of an API key reads content too. */
export function mayGrant(scope: string, readsContent: boolean): boolean {
  return scope !== 'admin' || readsContent;
}
