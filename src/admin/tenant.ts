/**
 * The relay's own account (store/operator-account.ts) is no tenant. It sends notices and what postmaster gets, and is looked at like
 * any other; nothing that is a tenant's can be added to it. What reached it earlier can still be revoked and removed.
 */
import { OPERATOR_ACCOUNT } from '../store/operator-account.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/** `things`: what the operation would add, in the plural. */
export function refuseOperatorAccount(accountId: string, things: string): AdminRefusal | undefined {
  if (accountId !== OPERATOR_ACCOUNT.id) return undefined;
  return invalid(
    undefined,
    `${OPERATOR_ACCOUNT.name} is the relay's own account: it has no ${things}`,
    'name the account of a tenant: --account NAME (see them: relayctl account list)',
  );
}
