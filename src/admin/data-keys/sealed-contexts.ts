/** What each sealed value of the store is sealed for, and what it is called. The ACME account is a file: acme/acme-state.ts. */
import { dkimSealContext } from '../../dkim/keys.ts';
import type { SealedSecret } from '../../store/sealed-secrets.ts';
import { webhookSealContext } from '../../webhook/webhook-keys.ts';

/** Of the value that a wrong master key is found by (app/master-key-check.ts). */
export const CHECK_CONTEXT = 'master-key-check';

export function contextOf(secret: SealedSecret): string {
  return secret.kind === 'dkim'
    ? dkimSealContext(secret.domain, secret.selector)
    : webhookSealContext(secret.webhookId);
}

export function nameOf(secret: SealedSecret): string {
  return secret.kind === 'dkim'
    ? `the DKIM key ${secret.selector}._domainkey.${secret.domain}`
    : `the key of webhook ${secret.webhookId}`;
}
