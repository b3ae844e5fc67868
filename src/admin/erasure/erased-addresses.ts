/**
 * Suppressions that somebody adds of an address that was erased (store/hashed-addresses.ts): where the account has it as a hash, the
 * new one is kept under that hash too, without words that mention the address.
 */
import { mentionsOf } from '../../smtp/address-mentions.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import { HASH_PREFIX, isAddressHash } from '../../store/hashed-addresses.ts';
import type { NewSuppression } from '../../store/suppression-records.ts';
import type { SuppressionReader } from '../../store/suppressions.ts';

/** What may stand for an address, under each accepted key. */
export type HashesOf = (address: string) => readonly string[] | Promise<readonly string[]>;

type Reader = Pick<SuppressionReader, 'suppressionsOf' | 'listSuppressions'> &
  Pick<DirectoryReader, 'hasHashedSuppressions'>;

const HASHES_A_PAGE = 1_000;

export async function asKept(
  suppression: NewSuppression,
  reader: Reader,
  hashes: HashesOf,
): Promise<NewSuppression> {
  const { accountId, address } = suppression;
  if (!(await reader.hasHashedSuppressions(accountId))) return suppression;
  for (const hash of await hashes(address))
    if ((await reader.suppressionsOf(accountId, hash)).length > 0) return underHash(suppression, hash);
  return suppression;
}

/** Of many, which a look-up each would be too slow for: the hashes of their accounts are in memory meanwhile. */
export async function allAsKept(
  suppressions: readonly NewSuppression[],
  reader: Reader,
  hashes: HashesOf,
): Promise<readonly NewSuppression[]> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { accountId } of suppressions)
    if (!known.has(accountId)) known.set(accountId, await hashesOfAccount(accountId, reader));
  if ([...known.values()].every(({ size }) => size === 0)) return suppressions;
  const kept: NewSuppression[] = [];
  for (const one of suppressions) {
    const ofAccount = known.get(one.accountId);
    const hash =
      ofAccount === undefined || ofAccount.size === 0
        ? undefined
        : (await hashes(one.address)).find((each) => ofAccount.has(each));
    kept.push(hash === undefined ? one : underHash(one, hash));
  }
  return kept;
}

async function hashesOfAccount(accountId: string, reader: Reader): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (!(await reader.hasHashedSuppressions(accountId))) return found;
  for (let after = HASH_PREFIX; ;) {
    const page = await reader.listSuppressions(accountId, after, HASHES_A_PAGE);
    for (const { address } of page) if (isAddressHash(address)) found.add(address);
    const last = page.at(-1)?.address;
    if (page.length < HASHES_A_PAGE || last === undefined || !isAddressHash(last)) return found;
    after = last;
  }
}

function underHash(suppression: NewSuppression, hash: string): NewSuppression {
  const { address, evidence } = suppression;
  return { ...suppression, address: hash, evidence: mentionsOf(address).isIn(evidence) ? '' : evidence };
}
