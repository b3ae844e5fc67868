/** Accounts: tenants with domains, credentials, streams and suppressions of their own. */
import { makeId } from '../platform/ids.ts';
import type { Account } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { conflict, invalid, type AdminRefusal } from './refusal.ts';

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Durable when it resolves to the account. */
export async function addAccount(
  { name }: Pick<Account, 'name'>,
  { reader, directory, clock, random, actor }: With<'reader' | 'directory' | 'clock' | 'random'>,
): Promise<Account | AdminRefusal> {
  if (!ACCOUNT_NAME.test(name))
    return invalid(
      'name',
      `${name} cannot be the name of an account`,
      'use lower-case letters, digits, -, _ and .: shop',
    );
  if ((await reader.accountByName(name)) !== undefined)
    return conflict(`there is an account ${name} already`, 'name');
  const createdAtMs = clock.now();
  const account: Account = { id: makeId('acc_', createdAtMs, random), name, createdAtMs };
  await directory.addAccount(account, actor);
  return account;
}
