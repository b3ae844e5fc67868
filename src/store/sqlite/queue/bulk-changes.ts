/**
 * Applies an operator's bulk change to each delivery: its new state and due time, the counters of its destination, and the
 * event of a cancelled one. A claimed delivery gets a wish instead. bulk-rows.ts finds the deliveries.
 */
import type { Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { isFinal } from '../../../policy/delivery-state.ts';
import { parseDeliveryId } from '../../public-ids.ts';
import type { Context } from '../engine/context.ts';
import { factsOf } from '../../sql/queue/message-rows.ts';
import { recordDeliveryEvent } from '../spool/delivery-events.ts';
import { countedMessage } from '../../flow/subject.ts';
import type { Destination } from '../spool/destination-row.ts';
import { deliveryKey, deliveryRange, messageKeyOf, recipientNumberOf } from '../../flow/keys.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import { changeOfWish, EVER, outcomeOf, type BulkChange } from '../../sql/queue/bulk-change.ts';
import { BulkRows, type BulkRow } from './bulk-rows.ts';

export interface BulkScope {
  readonly accountKey: number | undefined;
  readonly destination: string | undefined;
  /** What a worker has in hand is not meant. */
  readonly leavesClaimed: boolean;
  readonly nowMs: number;
  /** Deliveries with this key or a higher one were accepted after the command and are left alone. */
  readonly beforeKey: number;
  /** It ends when it has changed so many: others undo it. */
  readonly most: number;
}

/** Whatever is asked for. */
export const EVERYTHING = {
  accountKey: undefined,
  destination: undefined,
  leavesClaimed: true,
  beforeKey: Number.MAX_SAFE_INTEGER,
  most: Infinity,
};

/** Claimed deliveries examined in one transaction. */
const CLAIMED_A_STEP = 1_000;

export class BulkChanges {
  readonly #context: Context;
  readonly #rows: BulkRows;
  readonly #messageKey: Statement<[string], number>;
  readonly #sendAt: Statement<[number], number | null>;
  readonly #update: NamedStatement<{
    id: number;
    state: DeliveryState;
    due: number | undefined;
    settled: number | undefined;
    waits: string | undefined;
  }>;
  readonly #route: Statement<[string, number]>;

  constructor(context: Context) {
    this.#context = context;
    const { db } = context;
    this.#rows = new BulkRows(db);
    this.#messageKey = pluck(db, 'SELECT id FROM message WHERE public_id = ?');
    this.#sendAt = pluck<[number], number | null>(db, 'SELECT send_at FROM message WHERE id = ?');
    this.#update = new NamedStatement(
      db,
      'UPDATE delivery SET state = :state, due_at = :due, settled_at = :settled, waits_for = :waits WHERE id = :id',
    );
    this.#route = prepare(db, 'UPDATE delivery SET reroute = ?, held_by = NULL WHERE id = ?');
  }

  /** Changes deliveries of the message or delivery `id`. Returns the number changed. */
  changeById(change: BulkChange, id: string, scope: BulkScope): number {
    const delivery = parseDeliveryId(id);
    const messageKey = this.#messageKey.get(delivery?.messageId ?? id);
    if (messageKey === undefined) return 0;
    const key = delivery === undefined ? undefined : deliveryKey(messageKey, delivery.number);
    const range = key === undefined ? deliveryRange(messageKey) : ([key, key] as const);
    return this.#changeRange(change, range, scope);
  }

  /** Changes those of `keys` that the change still means. Returns the number changed. */
  changeKeys(change: BulkChange, keys: readonly number[], scope: BulkScope): number {
    return keys.reduce((changed, key) => changed + this.#changeRange(change, [key, key], scope), 0);
  }

  /** Gives wishes to claimed deliveries with a key above `behind`. `behind` of the result `undefined`: there are no more. */
  changeClaimed(
    change: BulkChange,
    behind: number,
    scope: BulkScope,
  ): { readonly changed: number; readonly behind: number | undefined } {
    const { beforeKey } = scope;
    const rows = this.#rows.claimed(behind, { beforeKey, limit: CLAIMED_A_STEP });
    const changed = rows.filter((row) => this.#change(change, row, scope)).length;
    return { changed, behind: rows.length < CLAIMED_A_STEP ? undefined : rows.at(-1)?.id };
  }

  /** Fulfils the wishes of deliveries whose claims are gone. */
  fulfilWishes(nowMs: number): void {
    const { wishes, destinations } = this.#context;
    for (const [key, wish] of [...wishes.all()]) {
      const [row] = this.#rows.range(key, key);
      if (row !== undefined && row.claim_epoch !== null) continue;
      wishes.set(key, null);
      const change = changeOfWish(wish);
      const destination = row && destinations.byId(row.destination_id);
      if (row === undefined || change === undefined || destination === undefined) continue;
      this.#apply(change, row, destination, nowMs);
    }
  }

  #changeRange(change: BulkChange, range: readonly [number, number], scope: BulkScope): number {
    return this.#rows.range(...range).filter((row) => this.#change(change, row, scope)).length;
  }

  /** False: it is not meant. */
  #change(change: BulkChange, row: BulkRow, scope: BulkScope): boolean {
    if (row.id >= scope.beforeKey) return false;
    if (scope.accountKey !== undefined && row.account_id !== scope.accountKey) return false;
    const destination = this.#context.destinations.byId(row.destination_id);
    if (destination === undefined) return false;
    if (scope.destination !== undefined && destination.name !== scope.destination) return false;
    if (row.claim_epoch !== null) return !scope.leavesClaimed && this.#wish(change, row);
    const waits = row.due_at !== null && change.waitingAfter(EVER) !== undefined;
    const marks = change.marksSuspended === true && row.held_for_account === 1;
    if (!waits && !marks && !(change.held && row.state === 'held')) return false;
    if (change.name === 'retry') this.#unblock(destination);
    this.#apply(change, row, destination, scope.nowMs);
    return true;
  }

  /** False: nothing is to be done. */
  #wish(change: BulkChange, { id, wish: before }: BulkRow): boolean {
    const wish = change.wish(before);
    if (wish === undefined) return false;
    this.#context.wishes.set(id, wish);
    if (change.route !== undefined) this.#route.run(change.route, id);
    if (wish !== null) this.#context.feed.recall([id]);
    return true;
  }

  /** Changes at most `room` deliveries of `destination`. Returns the number changed. */
  changeBeneath(change: BulkChange, destination: Destination, scope: BulkScope, room: number): number {
    const { accountKey, nowMs, beforeKey } = scope;
    const { id } = destination;
    const after = change.waitingAfter(nowMs);
    const rows: BulkRow[] = [];
    if (after !== undefined && destination.nextDueAtMs !== undefined)
      rows.push(...this.#rows.waiting(id, accountKey, after, { beforeKey, limit: room }));
    const limits = { beforeKey, limit: room - rows.length };
    if (change.ofSuspension === true && accountKey !== undefined)
      rows.push(...this.#rows.heldBySuspension(id, accountKey, limits));
    else if (change.held && rows.length < room) rows.push(...this.#rows.held(id, accountKey, limits));
    if (change.marksSuspended === true && rows.length < room)
      rows.push(
        ...this.#rows
          .heldForAccounts(id, { beforeKey, limit: room - rows.length })
          .filter((row) => accountKey === undefined || row.account_id === accountKey),
      );
    const lifted = change.name === 'retry' && this.#unblock(destination) ? this.#rows.countDue(id, nowMs) : 0;
    for (const row of rows) this.#apply(change, row, destination, nowMs);
    return rows.length + lifted;
  }

  /** True when it was blocked: its due deliveries can go now. */
  #unblock(destination: Destination): boolean {
    if (destination.blockedUntilMs === undefined) return false;
    const { destinations, feed } = this.#context;
    destinations.block(destination, {
      destination: destination.name,
      untilMs: 0,
      failures: 0,
      lastError: '',
    });
    if (destination.nextDueAtMs !== undefined) feed.backlog(destination, destination.nextDueAtMs);
    return true;
  }

  #apply(change: BulkChange, row: BulkRow, destination: Destination, nowMs: number): void {
    const { destinations, feed } = this.#context;
    const sendAtMs = () => this.#sendAt.get(messageKeyOf(row.id)) ?? undefined;
    const { state, dueAtMs } = outcomeOf(change, row, nowMs, sendAtMs);
    const settled = isFinal(state) ? nowMs : undefined;
    this.#update.run({ id: row.id, state, due: dueAtMs, settled, waits: change.waitsFor });
    if (change.route !== undefined) this.#route.run(change.route, row.id);
    if (state !== row.state) {
      destinations.count(destination, row.state, -1);
      destinations.count(destination, state, 1);
    }
    if (dueAtMs !== undefined) {
      destinations.lowerDue(destination, dueAtMs);
      feed.backlog(destination, dueAtMs);
    }
    if (state === 'cancelled') this.#cancelled(row, destination, nowMs);
  }

  #cancelled(row: BulkRow, destination: Destination, nowMs: number): void {
    const { messages } = this.#context;
    const messageKey = messageKeyOf(row.id);
    const message = messages.byKey(messageKey);
    if (message === undefined) return;
    const { public_id: messageId, stream, tags, metadata } = message;
    messages.settle(messageKey, 1, nowMs);
    recordDeliveryEvent(this.#context, {
      type: 'cancelled',
      atMs: nowMs,
      subject: { accountKey: row.account_id, messageId, stream, tags, metadata },
      counted: countedMessage(factsOf(message)),
      number: recipientNumberOf(row.id),
      recipient: row.recipient,
      destination: destination.name,
      data: undefined,
    });
  }
}
