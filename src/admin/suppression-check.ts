/** Whether mail of a stream to an address is sent, and all that was looked at to say so. */
import type { Suppression } from '../store/suppression-records.ts';
import type { SuppressionReader } from '../store/suppressions.ts';

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

export async function checkSuppressions(
  accountId: string,
  stream: string,
  address: string,
  { reader, nowMs }: { readonly reader: Pick<SuppressionReader, 'suppressionsOf'>; readonly nowMs: number },
): Promise<SuppressionCheck> {
  const lookedAt = (await reader.suppressionsOf(accountId, address)).map((suppression) => ({
    suppression,
    unless: reasonNot(suppression, stream, nowMs),
  }));
  return { applies: lookedAt.find(({ unless }) => unless === undefined)?.suppression, lookedAt };
}

function reasonNot({ scope, expiresAtMs }: Suppression, stream: string, nowMs: number): LookedAt['unless'] {
  if (scope !== '' && scope !== stream) return 'other-stream';
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'expired' : undefined;
}
