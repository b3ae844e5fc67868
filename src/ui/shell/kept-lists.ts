/** The lists read last, so that Back shows one as it was, at the same row. Forgotten when something is changed. */

const MOST_KEPT = 4;
const kept = new Map<string, unknown>();

export function keepList(key: string, state: unknown): void {
  kept.delete(key);
  kept.set(key, state);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) return;
    kept.delete(oldest);
  }
}

/** `undefined`: none of this key. */
export function keptList(key: string): unknown {
  return kept.get(key);
}

export function forgetLists(): void {
  kept.clear();
}
