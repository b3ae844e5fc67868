/**
 * Changes the time of a message that has not started yet. Its lifetime keeps its length, counted from the new time. A message
 * that becomes earlier is subject to the restrictions of its account and stream.
 */
import type { Statement } from 'better-sqlite3';
import { isFinal, type DeliveryState } from '../../../policy/delivery-state.ts';
import type { Context } from '../engine/context.ts';
import { deliveryRange } from '../../flow/keys.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';

interface Row {
  readonly id: number;
  readonly destination_id: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
}

export class Reschedule {
  readonly #context: Context;
  readonly #messageKey: Statement<[string], number>;
  readonly #deliveries: Statement<[number, number], Row>;
  readonly #updateMessage: Statement<[number, number, number]>;
  readonly #updateDelivery: NamedStatement<{
    id: number;
    state: DeliveryState;
    due: number | undefined;
    expires: number;
  }>;

  constructor(context: Context) {
    const { db } = context;
    this.#context = context;
    this.#messageKey = pluck(db, 'SELECT id FROM message WHERE public_id = ?');
    this.#deliveries = prepare(
      db,
      'SELECT id, destination_id, state, due_at FROM delivery WHERE id BETWEEN ? AND ?',
    );
    this.#updateMessage = prepare(db, 'UPDATE message SET send_at = ?, expires_at = ? WHERE id = ?');
    this.#updateDelivery = new NamedStatement(
      db,
      'UPDATE delivery SET state = :state, due_at = :due, expires_at = :expires WHERE id = :id',
    );
  }

  /** The number of deliveries changed; 0 when the account has no such message, or it has started. */
  run(accountId: string, messageId: string, sendAtMs: number, nowMs: number): number {
    const { accounts, messages, restrictions } = this.#context;
    const key = this.#messageKey.get(messageId);
    const message = key === undefined ? undefined : messages.byKey(key);
    if (key === undefined || message?.account_id !== accounts.account(accountId)) return 0;
    const open = this.#deliveries.all(...deliveryRange(key)).filter(({ state }) => !isFinal(state));
    if (!open.every(({ state, due_at: dueAt }) => state === 'scheduled' && dueAt !== null)) return 0;
    if (open.length === 0) return 0;
    const startsAtMs = Math.round(Math.max(sendAtMs, nowMs));
    const lifeMs = message.expires_at - (message.send_at ?? message.accepted_at);
    const expiresAtMs = startsAtMs + lifeMs;
    this.#updateMessage.run(startsAtMs, expiresAtMs, key);
    const restriction = restrictions.restrictionOf(message.account_id, message.stream, open.length, nowMs);
    for (const row of open) {
      if (restriction.kind === 'hold') this.#put(row, 'held', undefined, expiresAtMs);
      else {
        const dueAtMs = Math.max(startsAtMs, restriction.kind === 'later' ? restriction.dueAtMs : 0);
        this.#put(row, dueAtMs > nowMs ? 'scheduled' : 'queued', dueAtMs, expiresAtMs);
      }
    }
    return open.length;
  }

  #put(row: Row, state: DeliveryState, dueAtMs: number | undefined, expiresAtMs: number): void {
    const { destinations, feed } = this.#context;
    this.#updateDelivery.run({ id: row.id, state, due: dueAtMs, expires: expiresAtMs });
    const destination = destinations.byId(row.destination_id);
    if (destination === undefined) return;
    if (state !== row.state) {
      destinations.count(destination, row.state, -1);
      destinations.count(destination, state, 1);
    }
    if (dueAtMs === undefined) return;
    destinations.lowerDue(destination, dueAtMs);
    feed.backlog(destination, dueAtMs);
  }
}
