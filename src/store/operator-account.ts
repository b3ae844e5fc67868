/**
 * The account that mail to the operator belongs to: the relay's own (`operator.mail`), and that to postmaster
 * (`inbound.postmaster`), whoever owns the domain that it was written to. It has no domains, credentials or webhooks, so no
 * tenant sees that mail or its events, and no tenant's suppressions withhold it. None can be added
 * (admin/tenant.ts), and its name cannot be given to another account (admin/accounts.ts).
 */
import type { Account } from './directory-records.ts';
import type { DirectoryReader, DirectoryWriter } from './directory.ts';
import { StoreError } from './errors.ts';

export const OPERATOR_ACCOUNT: Pick<Account, 'id' | 'name'> = { id: 'acc_operator', name: '(operator)' };

/** Made at the first mail. */
export async function ensureOperatorAccount(
  reader: Pick<DirectoryReader, 'accountByName'>,
  writer: Pick<DirectoryWriter, 'addAccount'>,
  nowMs: number,
): Promise<void> {
  if ((await reader.accountByName(OPERATOR_ACCOUNT.name)) !== undefined) return;
  try {
    await writer.addAccount({ ...OPERATOR_ACCOUNT, createdAtMs: nowMs }, 'relayd');
  } catch (error) {
    // Another mail was first.
    if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
  }
}
