/**
 * Notes secrets whose hash in the store was made under a previous master key, each as it is presented, for the store to get one under
 * the present key (upkeep/rehash-memory.ts). Without previous keys nothing is noted, at no cost.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import type { Credential } from '../store/directory-records.ts';
import type { SecretRehash } from '../store/data-keys.ts';

/** Secrets that are not noted again, and that wait. */
const MOST = 10_000;

export class RehashRecorder {
  readonly #noted = new BoundedTable<true>(MOST);
  readonly #pending = new BoundedTable<SecretRehash>(MOST);

  /** `held`: as its secret was found to be good. */
  note({ id, secretHash, presentedHashes }: Credential): void {
    const present = presentedHashes?.[0];
    if (present === undefined || secretHash === undefined || Buffer.compare(present, secretHash) === 0)
      return;
    const key = `${id} ${Buffer.from(secretHash).toString('base64')}`;
    if (this.#noted.get(key) !== undefined) return;
    this.#noted.set(key, true);
    this.#pending.set(key, { credentialId: id, from: secretHash, to: present });
  }

  /** At most `limit` that were not taken yet, oldest first. */
  take(limit: number): readonly SecretRehash[] {
    const taken = [...this.#pending.entries()].slice(0, limit);
    for (const [key] of taken) this.#pending.delete(key);
    return taken.map(([, rehash]) => rehash);
  }

  /** They could not be written: noted again when they are presented again. */
  missed(rehashes: readonly Pick<SecretRehash, 'credentialId' | 'from'>[]): void {
    for (const { credentialId, from } of rehashes)
      this.#noted.delete(`${credentialId} ${Buffer.from(from).toString('base64')}`);
  }
}
