/** From the public ids of accounts and credentials to their keys: asked for each message, so kept in memory. */
import type { Database, Statement } from 'better-sqlite3';
import { StoreError } from '../errors.ts';
import type { Transaction } from './transaction.ts';
import { pluck } from './prepare.ts';

/** Ids kept; beyond that the memory starts afresh. */
const CACHE_LIMIT = 10_000;

export class AccountKeys {
  readonly #accounts: KeyCache;
  readonly #credentials: KeyCache;

  constructor(db: Database, transaction: Transaction) {
    this.#accounts = new KeyCache(db, 'account');
    this.#credentials = new KeyCache(db, 'credential');
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

  /** After rows were added in a transaction that may be rolled back, or removed. */
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
    const known = this.#keys.get(publicId) ?? this.#select.get(publicId);
    if (known === undefined) throw new StoreError('conflict', `there is no ${this.#table} ${publicId}`);
    if (this.#keys.size >= CACHE_LIMIT) this.#keys.clear();
    this.#keys.set(publicId, known);
    return known;
  }

  clear(): void {
    this.#keys.clear();
  }
}
