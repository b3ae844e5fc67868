/** What people may be at the dashboard, from the most to the least that one may do. */
export const PERSON_ROLES = ['admin', 'operator', 'developer', 'read-only'] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];
