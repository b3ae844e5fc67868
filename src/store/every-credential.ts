/** The credentials of an account one by one, read in pages: an account may have any number, most of them revoked. */
import type { Credential } from './directory-records.ts';
import type { DirectoryReader } from './directory.ts';

const PAGE = 500;

/** In order of creation, revoked and expired ones too. */
export async function* everyCredential(
  reader: Pick<DirectoryReader, 'listCredentials'>,
  accountId: string,
): AsyncGenerator<Credential> {
  let after: string | undefined;
  do {
    const page = await reader.listCredentials(accountId, after, PAGE);
    yield* page;
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}
