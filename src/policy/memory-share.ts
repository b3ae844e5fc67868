/**
 * How much of a shared memory one account or key may hold. The limit follows the free memory (dynamic thresholds, as in
 * the buffers of switches): an account holds at most as much as it leaves free, a key half as much. So an account that is
 * alone gets a half and a key a third, accounts that grow together get equal shares, and a newcomer always finds some.
 */

/** Octets: of all, and of the one who wants more. */
export interface MemoryUse {
  readonly maxBytes: number;
  readonly usedBytes: number;
  readonly accountBytes: number;
  readonly keyBytes: number;
}

/** May the key take `bytes` more? */
export function mayHold({ maxBytes, usedBytes, accountBytes, keyBytes }: MemoryUse, bytes: number): boolean {
  const leftBytes = maxBytes - usedBytes - bytes;
  return accountBytes + bytes <= leftBytes && keyBytes + bytes <= leftBytes / 2;
}
