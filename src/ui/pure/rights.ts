/** What a role may do here, to show no button that the API refuses. The API decides: this only hides. */

export type Role = 'admin' | 'operator' | 'developer' | 'read-only';

/** What needs more than the right to work with mail. */
export type Thing = 'domains' | 'webhooks' | 'streams' | 'credentials';

const CHANGES: Readonly<Record<Role, readonly Thing[]>> = {
  admin: ['domains', 'webhooks', 'streams', 'credentials'],
  operator: ['domains', 'webhooks'],
  developer: ['webhooks'],
  'read-only': [],
};

export function mayChangeThe(things: Thing, role: Role): boolean {
  return CHANGES[role].includes(things);
}

/** Pages that only administrators read. */
const ADMIN_PAGES: readonly string[] = ['credentials', 'audit'];

export function mayOpen(page: string, role: Role): boolean {
  return role === 'admin' || !ADMIN_PAGES.includes(page);
}

export function mayChange(role: Role): boolean {
  return role !== 'read-only';
}
