/** The command that takes a suppression away, as it is said to whoever meets it. */
import { shellWord } from '../platform/shell-word.ts';

/** `address` as it was met: of an erased one the store has a hash only. `accountName`: whose suppression it is. */
export function removalCommand(
  address: string,
  { scope }: { readonly scope: string },
  accountName: string,
): string {
  const stream = scope === '' ? '' : ` --stream ${shellWord(scope)}`;
  const account = accountName === 'default' ? '' : ` --account ${shellWord(accountName)}`;
  return `relayctl suppression remove ${shellWord(address)}${stream}${account}`;
}
