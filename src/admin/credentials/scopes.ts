/** The scopes of a credential. What each lets an API key do is written at the routes (http/routes). */
import { invalid, type AdminRefusal } from '../refusal.ts';

export const SCOPES = [
  'send',
  'messages:read',
  'suppressions',
  'domains',
  'webhooks',
  'templates',
  'recipients',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Why one of them is no scope. */
export function unknownScope(scopes: readonly string[], field = 'scopes'): AdminRefusal | undefined {
  const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown === undefined) return undefined;
  return invalid(field, (nameOf) => `${nameOf(field)} ${unknown} is none of ${SCOPES.join(', ')}`);
}

export function hasScope({ scopes }: { readonly scopes: readonly string[] }, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
