/**
 * SQL that finds the deliveries of a bulk change: by key, or of a destination those that wait or are held, and those that are
 * claimed anywhere; of one account or all. Each statement names its index, because the planner does not know how few there are.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import {
  HELD_BY_SUSPENSION,
  heldForAccount,
  SUSPENDED_ACCOUNTS,
  type Wish,
} from '../../sql/queue/bulk-change.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';

export interface BulkRow {
  readonly id: number;
  readonly destination_id: number;
  readonly account_id: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
  readonly attempts: number;
  readonly recipient: string;
  /** `null`: it is not claimed. */
  readonly claim_epoch: number | null;
  readonly wish: Wish | null;
  /** 1: it is held for nothing but a suspension of its account, which goes on. */
  readonly held_for_account: number;
}

const COLUMNS = `id, destination_id, account_id, state, due_at, attempts, recipient, claim_epoch, wish,
  ${heldForAccount('delivery')} AS held_for_account`;

/** Deliveries with a key below `beforeKey`, `limit` of them. */
export interface RowLimits {
  readonly beforeKey: number;
  readonly limit: number;
}

type Beneath = { readonly destination: number; readonly before: number; readonly limit: number };

export class BulkRows {
  readonly #waiting: NamedStatement<Beneath & { after: number }, BulkRow>;
  readonly #waitingOfAccount: NamedStatement<Beneath & { after: number; account: number }, BulkRow>;
  readonly #held: NamedStatement<Beneath, BulkRow>;
  readonly #heldOfAccount: NamedStatement<Beneath & { account: number }, BulkRow>;
  readonly #heldBySuspension: NamedStatement<Beneath & { account: number }, BulkRow>;
  readonly #heldForAccounts: NamedStatement<Beneath, BulkRow>;
  readonly #range: Statement<[number, number], BulkRow>;
  readonly #countDue: Statement<[number, number], number>;
  readonly #claimed: Statement<[number, number, number], BulkRow>;

  constructor(db: Database) {
    const waiting = (index: string, account: string) => `SELECT ${COLUMNS} FROM delivery INDEXED BY ${index}
      WHERE destination_id = :destination ${account} AND due_at > :after AND id < :before LIMIT :limit`;
    this.#waiting = new NamedStatement(db, waiting('delivery_due_any', ''));
    this.#waitingOfAccount = new NamedStatement(db, waiting('delivery_due', 'AND account_id = :account'));
    const held = (account: string) => `SELECT ${COLUMNS} FROM delivery INDEXED BY delivery_held
      WHERE destination_id = :destination ${account} AND state = 'held' AND id < :before LIMIT :limit`;
    this.#held = new NamedStatement(db, held(''));
    this.#heldOfAccount = new NamedStatement(db, held('AND account_id = :account'));
    this.#heldBySuspension = new NamedStatement(
      db,
      held(`AND account_id = :account AND ${HELD_BY_SUSPENSION}`),
    );
    this.#heldForAccounts = new NamedStatement(
      db,
      held(`AND account_id IN (${SUSPENDED_ACCOUNTS}) AND ${HELD_BY_SUSPENSION}`),
    );
    this.#range = prepare(
      db,
      `SELECT ${COLUMNS} FROM delivery WHERE id BETWEEN ? AND ? AND settled_at IS NULL`,
    );
    this.#countDue = pluck(
      db,
      `SELECT count(*) FROM delivery INDEXED BY delivery_due_any
      WHERE destination_id = ? AND due_at <= ?`,
    );
    this.#claimed = prepare(
      db,
      `SELECT ${COLUMNS} FROM delivery INDEXED BY delivery_claimed
      WHERE claim_epoch IS NOT NULL AND id > ? AND id < ? ORDER BY id LIMIT ?`,
    );
  }

  /** In the destination, due after that time. */
  waiting(
    destinationId: number,
    accountKey: number | undefined,
    afterMs: number,
    { beforeKey, limit }: RowLimits,
  ): BulkRow[] {
    const beneath = { destination: destinationId, after: afterMs, before: beforeKey, limit };
    return accountKey === undefined
      ? this.#waiting.all(beneath)
      : this.#waitingOfAccount.all({ ...beneath, account: accountKey });
  }

  /** Held in the destination. */
  held(destinationId: number, accountKey: number | undefined, { beforeKey, limit }: RowLimits): BulkRow[] {
    const beneath = { destination: destinationId, before: beforeKey, limit };
    return accountKey === undefined
      ? this.#held.all(beneath)
      : this.#heldOfAccount.all({ ...beneath, account: accountKey });
  }

  /** Held in the destination for nothing but a suspension of the account. */
  heldBySuspension(destinationId: number, accountKey: number, { beforeKey, limit }: RowLimits): BulkRow[] {
    const beneath = { destination: destinationId, before: beforeKey, limit };
    return this.#heldBySuspension.all({ ...beneath, account: accountKey });
  }

  /** For nothing but a suspension of their accounts, which go on. */
  heldForAccounts(destinationId: number, { beforeKey, limit }: RowLimits): BulkRow[] {
    return this.#heldForAccounts.all({ destination: destinationId, before: beforeKey, limit });
  }

  /** With a key in the range, bounds included; not settled. */
  range(first: number, last: number): BulkRow[] {
    return this.#range.all(first, last);
  }

  /** In the destination, due at that time. */
  countDue(destinationId: number, nowMs: number): number {
    return this.#countDue.get(destinationId, nowMs) ?? 0;
  }

  /** Claimed, with a key above `behind`, in order. */
  claimed(behind: number, { beforeKey, limit }: RowLimits): BulkRow[] {
    return this.#claimed.all(behind, beforeKey, limit);
  }
}
