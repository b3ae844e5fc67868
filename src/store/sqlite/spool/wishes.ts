/**
 * What an operator wants of deliveries that the worker has in hand (`delivery.wish`): few, and mostly none. They are kept in
 * memory, so that a settlement asks without a read, and read again when another process changed the database.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { Wish } from '../../sql/queue/bulk-change.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { prepare } from '../engine/prepare.ts';

interface WishRow {
  readonly id: number;
  readonly wish: Wish;
}

export class Wishes implements Participant {
  readonly #transaction: Transaction;
  readonly #select: Statement<[], WishRow>;
  readonly #update: Statement<[Wish | null, number]>;
  /** `undefined`: to be read. */
  #known: Map<number, Wish> | undefined;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#select = prepare(
      db,
      'SELECT id, wish FROM delivery INDEXED BY delivery_wish WHERE wish IS NOT NULL',
    );
    this.#update = prepare(db, 'UPDATE delivery SET wish = ? WHERE id = ?');
    transaction.join(this);
  }

  of(key: number): Wish | undefined {
    return this.#all().get(key);
  }

  /** By the keys of their deliveries. */
  all(): ReadonlyMap<number, Wish> {
    return this.#all();
  }

  /** Inside a transaction. `null`: it has none any more. */
  set(key: number, wish: Wish | null): void {
    const known = this.#all();
    this.#update.run(wish, key);
    if (wish === null) known.delete(key);
    else known.set(key, wish);
    this.#transaction.undo.record(() => {
      this.#known = undefined;
    });
  }

  onForeignChange(): void {
    this.#known = undefined;
  }

  #all(): Map<number, Wish> {
    return (this.#known ??= new Map(this.#select.all().map(({ id, wish }) => [id, wish])));
  }
}
