/** What each sealed value of the store is sealed for, and what it is called. The ACME account is a file: acme/acme-state.ts. */
import { dkimSealContext } from '../../dkim/keys.ts';
import type { SealedSecret } from '../../store/sealed-secrets.ts';
import { totpSealContext } from '../people/factor-secrets.ts';
import { webhookSealContext } from '../../webhook/webhook-keys.ts';

/** Of the value that a wrong master key is found by (app/master-key-check.ts). */
export const CHECK_CONTEXT = 'master-key-check';

export function contextOf(secret: SealedSecret): string {
  switch (secret.kind) {
    case 'dkim':
      return dkimSealContext(secret.domain, secret.selector);
    case 'webhook':
      return webhookSealContext(secret.webhookId);
    case 'totp':
      return totpSealContext(secret.factorId);
  }
}

export function nameOf(secret: SealedSecret): string {
  switch (secret.kind) {
    case 'dkim':
      return `the DKIM key ${secret.selector}._domainkey.${secret.domain}`;
    case 'webhook':
      return `the key of webhook ${secret.webhookId}`;
    case 'totp':
      return `the TOTP secret ${secret.factorId}`;
  }
}
