/** Randomness, as an argument, so that tests and the simulation can seed it. */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
  /** A float in [0, 1). For jitter and shuffles, not for secrets. */
  float(): number;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
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
