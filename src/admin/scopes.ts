/** The scopes of a credential. What each lets an API key do is written at the routes (http/routes). */

export const SCOPES = [
  'send',
  'messages:read',
  'suppressions',
  'domains',
  'webhooks',
  'templates',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
