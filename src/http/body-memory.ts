/**
 * Limits the memory of request and response bodies: octets that arrived, or were made and not yet sent, never
 * announced lengths. Each key and each account has a share (policy/memory-share.ts); beyond it, 503. Up to 64 KiB a
 * body is counted and never refused: connections are bounded.
 */
import { mayHold } from '../policy/memory-share.ts';
import type { Credential } from '../store/directory-records.ts';
import { unavailable } from './api-error.ts';

/** A key and its account; requests without a key share one holder. */
export type Holder = Pick<Credential, 'id' | 'accountId'>;

export const NOBODY: Holder = { id: '', accountId: '' };

const NEVER_REFUSED_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = 2;

export class BodyMemory {
  readonly #maxBytes: () => number;
  readonly #byAccount = new Map<string, number>();
  readonly #byKey = new Map<string, number>();
  #usedBytes = 0;

  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Adds `bytes` to a body with `heldBytes`. Throws ApiError 503 without change. */
  take(holder: Holder, bytes: number, heldBytes: number): void {
    if (heldBytes + bytes > NEVER_REFUSED_BYTES && !this.#mayHold(holder, bytes))
      throw unavailable(
        'too much of this API key, or its account, is in memory at once',
        RETRY_AFTER_SECONDS,
      );
    this.#change(holder, bytes);
  }

  give(holder: Holder, bytes: number): void {
    this.#change(holder, -bytes);
  }

  #mayHold({ id, accountId }: Holder, bytes: number): boolean {
    const use = {
      maxBytes: this.#maxBytes(),
      usedBytes: this.#usedBytes,
      accountBytes: this.#byAccount.get(accountId) ?? 0,
      keyBytes: this.#byKey.get(id) ?? 0,
    };
    return mayHold(use, bytes);
  }

  #change({ id, accountId }: Holder, bytes: number): void {
    if (bytes === 0) return;
    this.#usedBytes += bytes;
    add(this.#byAccount, accountId, bytes);
    add(this.#byKey, id, bytes);
  }
}

function add(counts: Map<string, number>, name: string, bytes: number): void {
  const sum = (counts.get(name) ?? 0) + bytes;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}
