/** What of `dashboard.oidc` does not fit together. Pure. */
import type { Config } from './config.ts';
import type { Contradiction } from './contradiction.ts';

/** Below `dashboard.url`; the provider has to know it. */
export const OIDC_CALLBACK_PATH = '/ui/api/session/oidc/callback';

export function oidcContradictions({ dashboard }: Pick<Config, 'dashboard'>): readonly Contradiction[] {
  const { url, oidc } = dashboard;
  const found: Contradiction[] = [];
  const say = (key: string, message: string) => found.push({ key: `dashboard.oidc.${key}`, message });
  if (oidc.issuer === undefined) {
    const without = 'needs dashboard.oidc.issuer, the address of the OpenID Connect provider';
    if (oidc.clientId !== undefined) say('client_id', without);
    if (oidc.clientSecret !== undefined) say('client_secret', without);
    // Nobody could sign in at all.
    if (oidc.only) say('only', without);
    if (oidc.rolesClaim !== undefined) say('roles_claim', without);
    if (oidc.roles.length > 0) say('roles', without);
    return found;
  }
  if (url === undefined)
    say(
      'issuer',
      `needs dashboard.url, to which the provider sends browsers back: register dashboard.url + ${OIDC_CALLBACK_PATH} there`,
    );
  const registered = `of the client that has the redirect URI ${url ?? 'dashboard.url + '}${OIDC_CALLBACK_PATH}`;
  if (oidc.clientId === undefined) say('issuer', `needs dashboard.oidc.client_id, ${registered}`);
  if (oidc.clientSecret === undefined)
    say(
      'issuer',
      `needs dashboard.oidc.client_secret, ${registered} (RELAY_DASHBOARD__OIDC__CLIENT_SECRET_FILE)`,
    );
  if (oidc.rolesClaim === undefined && oidc.roles.length > 0)
    say('roles', 'needs dashboard.oidc.roles_claim, the claim that has these values, such as "groups"');
  if (oidc.rolesClaim !== undefined && oidc.roles.length === 0)
    say('roles_claim', 'needs dashboard.oidc.roles: what its values mean, such as ["mail-admins=admin"]');
  return found;
}
