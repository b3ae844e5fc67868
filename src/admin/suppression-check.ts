/** Whether mail of a stream to an address is sent, and all that was looked at to say so. */
import type { Suppression } from '../store/suppression-records.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { SuppressionReader } from '../store/suppressions.ts';
import type { HashesOf } from './erasure/erased-addresses.ts';

export interface LookedAt {
  readonly suppression: Suppression;
  /** Why it does not keep mail of the stream back; `undefined`: it does. */
  readonly unless: 'expired' | 'other-stream' | undefined;
}

export interface SuppressionCheck {
  /** The one that is named as the reason; `undefined`: mail is sent. */
  readonly applies: Suppression | undefined;
  /** Every one of the address, the account's first. */
  readonly lookedAt: readonly LookedAt[];
}

export interface CheckContext {
  readonly reader: Pick<SuppressionReader, 'suppressionsOf'> & Pick<DirectoryReader, 'hasHashedSuppressions'>;
  readonly nowMs: number;
  /** What may stand for an address that was erased. */
  readonly hashes: HashesOf;
}

export async function checkSuppressions(
  accountId: string,
  stream: string,
  address: string,
  { reader, nowMs, hashes }: CheckContext,
): Promise<SuppressionCheck> {
  const found = [...(await reader.suppressionsOf(accountId, address))];
  // An erased address stands there as its hash.
  if (await reader.hasHashedSuppressions(accountId))
    for (const hash of await hashes(address)) found.push(...(await reader.suppressionsOf(accountId, hash)));
  const lookedAt = found.map((suppression) => ({
    suppression,
    unless: reasonNot(suppression, stream, nowMs),
  }));
  return { applies: lookedAt.find(({ unless }) => unless === undefined)?.suppression, lookedAt };
}

function reasonNot({ scope, expiresAtMs }: Suppression, stream: string, nowMs: number): LookedAt['unless'] {
  if (scope !== '' && scope !== stream) return 'other-stream';
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'expired' : undefined;
}
