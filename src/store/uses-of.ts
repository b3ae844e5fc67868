/** The last use of each of some credentials, by id, asked for in pages. */
import type { LastUse, LastUseReader } from './last-use.ts';

const PAGE = 500;

export async function usesOf(
  reader: LastUseReader,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, LastUse>> {
  const uses = new Map<string, LastUse>();
  for (let from = 0; from < credentialIds.length; from += PAGE)
    for (const use of await reader.lastUses(credentialIds.slice(from, from + PAGE)))
      uses.set(use.credentialId, use);
  return uses;
}
