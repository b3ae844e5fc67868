/**
 * The corpus in two halves, by a hash of the report's name: rules may be made from `work`, `judge` only measures them.
 * A report stays in its half whatever is added to the corpus.
 */
import { createHash } from 'node:crypto';

export const HALVES = ['work', 'judge'] as const;
export type Half = (typeof HALVES)[number];

/** `work` where the first hexadecimal digit of the name's SHA-256 is even. */
export function halfOf(name: string): Half {
  const first = createHash('sha256').update(name).digest('hex').charAt(0);
  return Number.parseInt(first, 16) % 2 === 0 ? 'work' : 'judge';
}
