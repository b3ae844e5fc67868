/** What a role may do here, to show no button that the API refuses. The API decides: this only hides. */

export type Role = 'admin' | 'operator' | 'developer' | 'read-only';

export function mayChange(role: Role): boolean {
  return role !== 'read-only';
}

export function seesAudit(role: Role): boolean {
  return role === 'admin';
}
