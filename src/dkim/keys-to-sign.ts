/**
 * The keys that a message is signed with, by what looks found of their records. A signature whose key is not published is worth
 * nothing to a receiver, but so is no signature, and one look-up may be wrong: so a key is dropped only while another one of the
 * domain is published, and mail is never unsigned because of DNS.
 */
import type { DkimKey } from './dkim-key.ts';

type KeyFacts = Pick<DkimKey, 'state' | 'seenAtMs' | 'failingSinceMs'>;

/**
 * In their order. Of active keys those that no look found missing or different; where that is true of none, those that were
 * seen last; where none was ever seen, all. Empty only where no key is active.
 */
export function keysToSign<Key extends KeyFacts>(keys: readonly Key[]): readonly Key[] {
  const active = keys.filter(({ state }) => state === 'active');
  const published = active.filter(({ failingSinceMs }) => failingSinceMs === undefined);
  if (published.length > 0) return published;
  const lastSeenMs = Math.max(...active.map(seenAt));
  return active.filter((key) => seenAt(key) === lastSeenMs);
}

function seenAt({ seenAtMs }: KeyFacts): number {
  return seenAtMs ?? -Infinity;
}
