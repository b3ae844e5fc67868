/**
 * A bounded table whose entries outlive the process: changed entries are taken now and then to be stored, and
 * restored at the next start. Keys are stored hashed, because an attempted user name may be somebody's password; a
 * restored entry is found by its hash at first use. Pure.
 */
import { BoundedTable } from './bounded-table.ts';

/**
 * One-way and keyed, so that a copy of the database reveals no attempted name. Under each accepted key, the present one first:
 * entries are stored by that, and found by any.
 */
export type KeyHash = (key: string) => readonly string[];

export class RememberedTable<Value> {
  readonly #live: BoundedTable<Value>;
  readonly #restored: BoundedTable<Value>;
  readonly #hash: KeyHash;
  readonly #choose: ((known: Value, restored: Value) => Value) | undefined;
  readonly #changed = new Set<string>();

  /** `choose`: between what is known and what was restored since; default: what is known. */
  constructor(capacity: number, hash: KeyHash, choose?: (known: Value, restored: Value) => Value) {
    this.#choose = choose;
    this.#live = new BoundedTable(capacity);
    this.#restored = new BoundedTable(capacity);
    this.#hash = hash;
  }

  get(key: string): Value | undefined {
    const value = this.#live.get(key);
    if (this.#restored.size === 0) return value;
    if (value !== undefined && this.#choose === undefined) return value;
    let chosen = value;
    // What was written under the present key is the newest, and comes last.
    for (const hashed of this.#hash(key).toReversed()) {
      const restored = this.#restored.get(hashed);
      if (restored === undefined) continue;
      this.#restored.delete(hashed);
      chosen = chosen === undefined ? restored : (this.#choose?.(chosen, restored) ?? restored);
      this.#live.set(key, chosen);
    }
    return chosen;
  }

  /** `remember`: the entry is to be stored. */
  set(key: string, value: Value, remember: boolean): void {
    this.#live.set(key, value);
    if (remember && this.#changed.size < this.#live.capacity) this.#changed.add(key);
  }

  /** By hashed key. */
  restore(hashedKey: string, value: Value): void {
    this.#restored.set(hashedKey, value);
  }

  /** By key, and restored ones that were not met since by hashed key. */
  *entries(): Iterable<readonly [key: string, value: Value, hashed: boolean]> {
    for (const [key, value] of this.#live.entries()) yield [key, value, false];
    for (const [key, value] of this.#restored.entries()) yield [key, value, true];
  }

  /** Restored ones alone are changed by their hashed keys. */
  replace(key: string, value: Value, hashed: boolean): void {
    if (hashed) this.#restored.set(key, value);
    else this.set(key, value, true);
  }

  hashesOf(key: string): readonly string[] {
    return this.#hash(key);
  }

  /** At most `limit` entries set since they were last taken, by hashed key. */
  takeChanges(limit: number): readonly (readonly [hashedKey: string, value: Value])[] {
    const taken: (readonly [string, Value])[] = [];
    for (const key of this.#changed) {
      if (taken.length === limit) break;
      this.#changed.delete(key);
      const value = this.#live.get(key);
      const [hashed] = this.#hash(key);
      if (value !== undefined && hashed !== undefined) taken.push([hashed, value]);
    }
    return taken;
  }
}
