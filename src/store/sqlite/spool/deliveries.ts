/** SQL of deliveries and their attempts: insert, select what is due, claim, settle. */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import type { AttemptRecord } from '../../delivery-records.ts';
import type { Values } from '../../sql/statement.ts';
import { InsertStatement, NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Columns } from '../../sql/columns.ts';
import {
  DELIVERY_COLUMNS,
  deliveryColumns,
  EXPIRED_SEEN,
  type DeliveryInsert,
  type DeliveryRow,
} from '../../sql/spool/delivery-columns.ts';
import { ATTEMPT_COLUMNS } from '../../sql/spool/attempt-columns.ts';

interface NewAttempt {
  readonly key: number;
  readonly fence: number;
  readonly number: number;
  readonly attempt: AttemptRecord;
}

const ATTEMPT: Columns<NewAttempt> = {
  delivery_id: ({ key }) => key,
  fence: ({ fence }) => fence,
  number: ({ number }) => number,
  ...ATTEMPT_COLUMNS,
};

export class Deliveries {
  readonly #insert: InsertStatement<DeliveryInsert>;
  readonly #selectDue: NamedStatement<
    { destination: number; account: number; now: number; limit: number },
    DeliveryRow
  >;
  readonly #selectDueFirst: NamedStatement<
    { destination: number; account: number; now: number; limit: number },
    DeliveryRow
  >;
  readonly #selectDueAny: Statement<[number, number, number], DeliveryRow>;
  readonly #selectExpired: NamedStatement<{ destination: number; now: number; limit: number }, DeliveryRow>;
  readonly #selectExpiredTried: Statement<[number, number, number], DeliveryRow>;
  readonly #expiredAgain: Statement<[number, number]>;
  readonly #firstDue: Statement<[number, number], number>;
  readonly #firstDueAny: Statement<[number], number>;
  readonly #nextAccount: Statement<[number, number], number>;
  readonly #claim: Statement<[number, number]>;
  readonly #settle: NamedStatement<Values>;
  readonly #insertAttempt: InsertStatement<NewAttempt>;
  readonly #selectClaimed: Statement<[], { id: number; destination_id: number }>;
  readonly #free: Statement<[number, number]>;
  readonly #delayTold: Statement<[number]>;
  readonly #heldBy: Statement<[string, number]>;

  constructor(db: Database) {
    this.#insert = new InsertStatement(db, 'delivery', deliveryColumns('claim_epoch'));
    this.#selectDue = new NamedStatement(
      db,
      `SELECT ${DELIVERY_COLUMNS} FROM delivery INDEXED BY delivery_due
      WHERE destination_id = :destination AND account_id = :account AND due_at <= :now ORDER BY due_at, id
      LIMIT :limit`,
    );
    this.#selectDueFirst = new NamedStatement(
      db,
      `SELECT ${DELIVERY_COLUMNS} FROM delivery INDEXED BY delivery_due_first
      WHERE destination_id = :destination AND account_id = :account AND due_at <= :now AND bulk IS NULL
      ORDER BY due_at, id LIMIT :limit`,
    );
    this.#selectDueAny = prepare(
      db,
      `SELECT ${DELIVERY_COLUMNS} FROM delivery INDEXED BY delivery_due_any
      WHERE destination_id = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
    );
    this.#selectExpired = new NamedStatement(
      db,
      `SELECT ${DELIVERY_COLUMNS} FROM (SELECT ${DELIVERY_COLUMNS}, due_at, expires_at, waits_for FROM delivery INDEXED BY delivery_expiry
        WHERE destination_id = :destination AND expires_at <= :now AND due_at IS NOT NULL ORDER BY expires_at LIMIT ${EXPIRED_SEEN})
      WHERE waits_for IS NULL OR due_at <= :now ORDER BY expires_at LIMIT :limit`,
    );
    this.#selectExpiredTried = prepare(
      db,
      `SELECT ${DELIVERY_COLUMNS} FROM delivery INDEXED BY delivery_tried_expiry
      WHERE destination_id = ? AND expires_at <= ? AND due_at IS NOT NULL AND attempts > 0 ORDER BY expires_at LIMIT ?`,
    );
    this.#expiredAgain = prepare(db, 'UPDATE delivery SET expires_at = ? WHERE id = ?');
    this.#firstDue = pluck(
      db,
      `SELECT due_at FROM delivery INDEXED BY delivery_due
      WHERE destination_id = ? AND account_id = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
    );
    this.#firstDueAny = pluck(
      db,
      `SELECT due_at FROM delivery INDEXED BY delivery_due_any
      WHERE destination_id = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
    );
    this.#nextAccount = pluck(
      db,
      `SELECT account_id FROM delivery INDEXED BY delivery_due
      WHERE destination_id = ? AND account_id > ? AND due_at IS NOT NULL ORDER BY account_id LIMIT 1`,
    );
    this.#claim = prepare(
      db,
      'UPDATE delivery SET due_at = NULL, claim_epoch = ?, fence = fence + 1 WHERE id = ?',
    );
    this.#settle = new NamedStatement(
      db,
      `UPDATE delivery SET state = :state, due_at = :due, claim_epoch = NULL, attempts = attempts + :attempts,
      settled_at = :settled, waits_for = :waits WHERE id = :key AND fence = :fence AND claim_epoch = :epoch`,
    );
    this.#insertAttempt = new InsertStatement(db, 'attempt', ATTEMPT);
    this.#selectClaimed = prepare(
      db,
      'SELECT id, destination_id FROM delivery INDEXED BY delivery_claimed WHERE claim_epoch IS NOT NULL',
    );
    this.#delayTold = prepare(db, 'UPDATE delivery SET delay_told = 1 WHERE id = ?');
    this.#heldBy = prepare(db, 'UPDATE delivery SET held_by = ? WHERE id = ?');
    this.#free = prepare(
      db,
      `UPDATE delivery SET claim_epoch = NULL, due_at = ?,
        expires_at = (SELECT expires_at FROM message WHERE message.id = delivery.id / ${DELIVERIES_PER_MESSAGE})
      WHERE id = ?`,
    );
  }

  insert(insert: DeliveryInsert): void {
    this.#insert.run(insert);
  }

  /** Due deliveries of one account to a destination, longest due first. */
  due(destinationId: number, accountKey: number, nowMs: number, limit: number): DeliveryRow[] {
    return this.#selectDue.all({ destination: destinationId, account: accountKey, now: nowMs, limit });
  }

  /** The same without bulk. */
  dueFirst(destinationId: number, accountKey: number, nowMs: number, limit: number): DeliveryRow[] {
    return this.#selectDueFirst.all({ destination: destinationId, account: accountKey, now: nowMs, limit });
  }

  /** The same for any account. */
  dueOfAny(destinationId: number, nowMs: number, limit: number): DeliveryRow[] {
    return this.#selectDueAny.all(destinationId, nowMs, limit);
  }

  /**
   * Expired deliveries of any account, due or not; longest expired first. What waits for a limit may still be tried once: it comes in
   * its time, or it would come back at once, again and again.
   */
  expired(destinationId: number, nowMs: number, limit: number): DeliveryRow[] {
    return this.#selectExpired.all({ destination: destinationId, now: nowMs, limit });
  }

  /** It is not one of {@link expired} before that. */
  expiredAgain(key: number, atMs: number): void {
    this.#expiredAgain.run(Math.round(atMs), key);
  }

  /** The same of those that were tried: they end, and do not wait behind what is still to be tried once. */
  expiredTried(destinationId: number, nowMs: number, limit: number): DeliveryRow[] {
    return this.#selectExpiredTried.all(destinationId, nowMs, limit);
  }

  /** The due time of the account's first; `undefined`: none waits. */
  firstDueAtMs(destinationId: number, accountKey: number): number | undefined {
    return this.#firstDue.get(destinationId, accountKey);
  }

  /** The due time of the destination's first; `undefined`: none waits. */
  firstDueOfAnyAtMs(destinationId: number): number | undefined {
    return this.#firstDueAny.get(destinationId);
  }

  /** The next account, by key, with waiting deliveries there. */
  nextAccount(destinationId: number, afterAccountKey: number): number | undefined {
    return this.#nextAccount.get(destinationId, afterAccountKey);
  }

  /** The fence grows by one. */
  claim(key: number, epoch: number): void {
    this.#claim.run(epoch, key);
  }

  /** False, and nothing is changed, when it is not claimed in this epoch with that fence. */
  settle(
    claim: { readonly key: number; readonly fence: number; readonly epoch: number },
    outcome: {
      readonly state: DeliveryState;
      readonly dueAtMs: number | undefined;
      readonly countedAttempts: number;
      readonly settledAtMs: number | undefined;
      readonly waitsFor: string | undefined;
    },
  ): boolean {
    const { state, dueAtMs: due, countedAttempts: attempts, settledAtMs: settled, waitsFor: waits } = outcome;
    return this.#settle.run({ ...claim, state, due, attempts, settled, waits }).changes === 1;
  }

  /** A DSN has reported the delay to the sender. */
  markDelayTold(key: number): void {
    this.#delayTold.run(key);
  }

  /** A route holds it. */
  markHeldBy(key: number, route: string): void {
    this.#heldBy.run(route, key);
  }

  insertAttempts(key: number, fence: number, attempts: readonly AttemptRecord[]): void {
    attempts.forEach((attempt, number) => {
      this.#insertAttempt.run({ key, fence, number, attempt });
    });
  }

  /** Deliveries claimed in an earlier epoch. */
  claimed(): { id: number; destination_id: number }[] {
    return this.#selectClaimed.all();
  }

  /** Nobody has looked at it: what was claimed for its end is one of {@link expired} again. */
  free(key: number, dueAtMs: number): void {
    this.#free.run(dueAtMs, key);
  }
}
