/**
 * Applies an operator's bulk change to each delivery: its new state and due time, the counters of its destination, and the
 * event of a cancelled one. bulk-rows.ts finds the deliveries.
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
import { NamedStatement, pluck } from '../engine/prepare.ts';
import { EVER, outcomeOf, type BulkChange } from '../../sql/queue/bulk-change.ts';
import { BulkRows, type BulkRow } from './bulk-rows.ts';

export interface BulkScope {
  readonly accountKey: number | undefined;
  readonly destination: string | undefined;
  readonly stream: string | undefined;
  readonly nowMs: number;
  /** Deliveries with this key or a higher one were accepted after the command and are left alone. */
  readonly beforeKey: number;
}

/** Messages examined in one transaction. */
const MESSAGES_A_STEP = 500;

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
  }>;

  constructor(context: Context) {
    this.#context = context;
    const { db } = context;
    this.#rows = new BulkRows(db);
    this.#messageKey = pluck(db, 'SELECT id FROM message WHERE public_id = ?');
    this.#sendAt = pluck<[number], number | null>(db, 'SELECT send_at FROM message WHERE id = ?');
    this.#update = new NamedStatement(
      db,
      'UPDATE delivery SET state = :state, due_at = :due, settled_at = :settled, waits_for = NULL WHERE id = :id',
    );
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

  /**
   * Changes open messages of the stream after the one with that id, in order, a bounded number at a time: no index leads from
   * a stream to its deliveries. `behind`: the last one examined; `undefined`: there are no more.
   */
  changeOpenMessages(
    change: BulkChange,
    behind: string,
    scope: BulkScope,
  ): { readonly changed: number; readonly behind: string | undefined } {
    let changed = 0;
    const messages = this.#rows.openMessages(behind, MESSAGES_A_STEP);
    for (const message of messages) {
      const isMeant =
        message.stream === scope.stream &&
        (scope.accountKey === undefined || message.account_id === scope.accountKey);
      if (isMeant) changed += this.#changeRange(change, deliveryRange(message.id), scope);
      if (changed >= change.rowsAStep) return { changed, behind: message.public_id };
    }
    const last = messages.length < MESSAGES_A_STEP ? undefined : messages.at(-1)?.public_id;
    return { changed, behind: last };
  }

  #changeRange(change: BulkChange, range: readonly [number, number], scope: BulkScope): number {
    let changed = 0;
    for (const row of this.#rows.range(...range)) {
      if (row.id >= scope.beforeKey) continue;
      const destination = this.#context.destinations.byId(row.destination_id);
      const meant =
        row.due_at === null ? change.held && row.state === 'held' : change.waitingAfter(EVER) !== undefined;
      if (!meant || destination === undefined) continue;
      if (scope.accountKey !== undefined && row.account_id !== scope.accountKey) continue;
      if (scope.destination !== undefined && destination.name !== scope.destination) continue;
      if (change.name === 'retry') this.#unblock(destination);
      this.#apply(change, row, destination, scope.nowMs);
      changed++;
    }
    return changed;
  }

  /** Changes at most `room` deliveries of `destination`. Returns the number changed. */
  changeBeneath(change: BulkChange, destination: Destination, scope: BulkScope, room: number): number {
    const { accountKey, nowMs, beforeKey } = scope;
    const { id } = destination;
    const after = change.waitingAfter(nowMs);
    const rows: BulkRow[] = [];
    if (after !== undefined && destination.nextDueAtMs !== undefined)
      rows.push(...this.#rows.waiting(id, accountKey, after, { beforeKey, limit: room }));
    if (change.held && rows.length < room)
      rows.push(...this.#rows.held(id, accountKey, { beforeKey, limit: room - rows.length }));
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
    this.#update.run({ id: row.id, state, due: dueAtMs, settled });
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
