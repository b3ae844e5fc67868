/**
 * The account that the relay's own mail to the operator belongs to (`operator.mail`). It has no domains, credentials or
 * webhooks, so no tenant sees that mail or its events. Its name cannot be given to another account (admin/accounts.ts).
 */
import type { Account } from './directory-records.ts';

export const OPERATOR_ACCOUNT: Pick<Account, 'id' | 'name'> = { id: 'acc_operator', name: '(operator)' };
