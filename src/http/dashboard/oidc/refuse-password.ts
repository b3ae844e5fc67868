/** With `dashboard.oidc.only` the provider alone signs in: neither passwords nor passkeys do. */
import type { OidcConfig } from '../../../config/config.ts';
import { forbidden } from '../../api-error.ts';

/** Throws ApiError 403. */
export function refusePassword({ only }: Pick<OidcConfig, 'only'>): void {
  if (only)
    throw forbidden('password-off', 'passwords and passkeys do not sign in here (dashboard.oidc.only)');
}
