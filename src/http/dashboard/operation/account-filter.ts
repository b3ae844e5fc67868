/** The filter of lists of the whole relay by an account's name. */
import { z } from 'zod';
import type { DirectoryReader } from '../../../store/directory.ts';
import { invalidField } from '../../api-error.ts';

export const AccountName = z
  .string()
  .max(64)
  .optional()
  .describe('Of this account: its name; default: of all');

/** The id; `undefined`: no account was named. Throws ApiError where there is none of that name. */
export async function accountNamed(
  name: string | undefined,
  reader: Pick<DirectoryReader, 'accountByName'>,
): Promise<string | undefined> {
  if (name === undefined || name === '') return undefined;
  const account = await reader.accountByName(name);
  if (account === undefined) throw invalidField('query.account', `there is no account ${name}`);
  return account.id;
}
