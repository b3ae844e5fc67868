/** Randomness, as an argument, so that tests and the simulation can seed it. */
import { randomBytes, randomFillSync } from 'node:crypto';

export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
  /** A float in [0, 1). For jitter and shuffles, not for secrets. */
  float(): number;
}

/** A call of the generator costs more than an id needs: small requests share one call. */
const POOL_BYTES = 4_096;
const SMALL_BYTES = 64;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

function smallBytes(length: number): Uint8Array {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = pool.slice(used, used + length);
  // Issued bytes may be a secret: the pool does not keep them.
  pool.fill(0, used, used + length);
  used += length;
  return taken;
}

export const systemRandom: Random = {
  bytes: (length) => (length <= SMALL_BYTES ? smallBytes(length) : randomBytes(length)),
  float: () => Math.random(),
};

/** A new array with the items in random order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random.float() * (i + 1));
    const item = result[i] as T;
    result[i] = result[j] as T;
    result[j] = item;
  }
  return result;
}
