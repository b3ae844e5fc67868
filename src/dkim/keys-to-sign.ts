/**
 * The keys that a message is signed with, by what looks found of their records (policy/dkim-key-look.ts says when one is dropped).
 * A signature whose key is not published is worth nothing to a receiver, but so is no signature: so a key that is dropped is left
 * out only while there is another one, and mail is never unsigned because of DNS.
 */
import type { DkimKey } from './dkim-key.ts';

type KeyFacts = Pick<DkimKey, 'state' | 'seenAtMs' | 'droppedAtMs'>;

/**
 * In their order. Of active keys those that are not dropped; where all are, those that were seen last; where none was ever seen,
 * all. Empty only where no key is active.
 */
export function keysToSign<Key extends KeyFacts>(keys: readonly Key[]): readonly Key[] {
  const active = keys.filter(({ state }) => state === 'active');
  const kept = active.filter(({ droppedAtMs }) => droppedAtMs === undefined);
  if (kept.length > 0) return kept;
  const lastSeenMs = Math.max(...active.map(seenAt));
  return active.filter((key) => seenAt(key) === lastSeenMs);
}

function seenAt({ seenAtMs }: KeyFacts): number {
  return seenAtMs ?? -Infinity;
}
