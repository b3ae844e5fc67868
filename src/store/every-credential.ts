/** The credentials of an account one by one, read in pages: an account may have many, most of them revoked. */
import type { Credential } from './directory-records.ts';
import type { DirectoryReader } from './directory.ts';

const PAGE = 500;

/** In order of creation, including revoked and expired ones. */
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
