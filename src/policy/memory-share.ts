/**
 * How much of a memory that many share one party may hold. What a party may hold follows what is free, so that memory is
 * used well while few are there, and whoever comes next always finds some: an account holds at most as much as it leaves
 * free, a key half as much. One account alone comes to a half, one key alone to a third; of those that grow together each
 * gets the same. The rule is that of buffers in switches (dynamic thresholds).
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
