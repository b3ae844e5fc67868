/**
 * Rules of shaping that are about accounts or streams that there are not: they match nothing, most often by a slip of the pen. Such
 * an account may be added later, so it is a warning and no fault.
 */
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import type { DirectoryReader } from '../store/directory.ts';

type Reader = Pick<DirectoryReader, 'listAccounts' | 'streamByName'>;

/** Of more accounts the streams are not looked at. */
const MOST_ACCOUNTS = 1_000;

/** A sentence for each name; nothing is read where no rule names one. */
export async function unknownMail({ rules }: ShapingRules, reader: Reader): Promise<readonly string[]> {
  const named = rules.filter(({ match }) => match.accounts.length + match.streams.length > 0);
  if (named.length === 0) return [];
  const accounts = await reader.listAccounts();
  const found: string[] = [];
  for (const { name, match } of named) {
    const meant = accounts.filter((one) => match.accounts.length === 0 || match.accounts.includes(one.name));
    for (const account of match.accounts)
      if (!accounts.some((one) => one.name === account))
        found.push(
          `rule "${name}" is for the account "${account}", which does not exist: it matches no mail of it`,
        );
    // Whose they are is not known where the account is not.
    if (meant.length === 0 || meant.length > MOST_ACCOUNTS) continue;
    for (const stream of match.streams)
      if (!(await hasStream(meant, stream, reader)))
        found.push(
          `rule "${name}" is for the stream "${stream}", which no account has: it matches no mail of it`,
        );
  }
  return found;
}

async function hasStream(
  accounts: readonly { readonly id: string }[],
  stream: string,
  reader: Reader,
): Promise<boolean> {
  for (const { id } of accounts) if ((await reader.streamByName(id, stream)) !== undefined) return true;
  return false;
}
