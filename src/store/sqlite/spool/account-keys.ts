/**
 * Maps the public ids of accounts and credentials to their keys: needed for each message, so cached. Whether a credential is
 * still valid is never cached: it is read in the transaction that depends on it.
 */
import type { Database, Statement } from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import type { Transaction } from '../engine/transaction.ts';
import { pluck } from '../engine/prepare.ts';

/** Maximum number of cached ids; beyond that the cache is cleared. */
const CACHE_LIMIT = 10_000;

export class AccountKeys {
  readonly #accounts: KeyCache;
  readonly #credentials: KeyCache;
  readonly #stands: Statement<[number, number, number], number>;

  constructor(db: Database, transaction: Transaction) {
    this.#accounts = new KeyCache(db, 'account');
    this.#credentials = new KeyCache(db, 'credential');
    this.#stands = pluck<[number, number, number], number>(
      db,
      `SELECT 1 FROM credential WHERE id = ? AND version = ? AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > ?)`,
    );
    // Another process may have removed one.
    transaction.join({ onForeignChange: () => this.forget() });
  }

  /** StoreError `conflict` when there is no such account. */
  account(publicId: string): number {
    return this.#accounts.key(publicId);
  }

  /** StoreError `conflict` when there is no such credential. */
  credential(publicId: string): number {
    return this.#credentials.key(publicId);
  }

  /** True: the credential exists, has this version, is not revoked and not expired. Inside a transaction. */
  credentialStands(publicId: string, version: number, nowMs: number): boolean {
    const key = this.#credentials.find(publicId);
    return key !== undefined && this.#stands.get(key, version, nowMs) === 1;
  }

  /** To be called when rows were added in a transaction that may be rolled back, or were removed. */
  forget(): void {
    this.#accounts.clear();
    this.#credentials.clear();
  }
}

class KeyCache {
  readonly #table: string;
  readonly #select: Statement<[string], number>;
  readonly #keys = new Map<string, number>();

  constructor(db: Database, table: 'account' | 'credential') {
    this.#table = table;
    this.#select = pluck<[string], number>(db, `SELECT id FROM ${table} WHERE public_id = ?`);
  }

  key(publicId: string): number {
    const known = this.find(publicId);
    if (known === undefined) throw new StoreError('conflict', `there is no ${this.#table} ${publicId}`);
    return known;
  }

  find(publicId: string): number | undefined {
    const kept = this.#keys.get(publicId);
    if (kept !== undefined) return kept;
    const known = this.#select.get(publicId);
    if (known === undefined) return undefined;
    if (this.#keys.size >= CACHE_LIMIT) this.#keys.clear();
    this.#keys.set(publicId, known);
    return known;
  }

  clear(): void {
    this.#keys.clear();
  }
}
