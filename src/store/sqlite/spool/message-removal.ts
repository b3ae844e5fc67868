/** Removes messages that are settled: content first, then deliveries with their attempts and the counts of their destinations. */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { deliveryRange } from '../../flow/keys.ts';
import type { Context } from '../engine/context.ts';
import { prepare } from '../engine/prepare.ts';

interface DeliveryRow {
  readonly destination_id: number;
  readonly state: DeliveryState;
}

interface StoredContent {
  readonly id: number;
  readonly chunk_count: number;
}

export class MessageRemoval {
  readonly #context: Pick<Context, 'messages' | 'contents' | 'destinations' | 'storage'>;
  readonly #selectDeliveries: Statement<[number, number], DeliveryRow>;
  readonly #deleteDeliveries: Statement<[number, number]>;

  constructor(
    context: Pick<Context, 'messages' | 'contents' | 'destinations' | 'storage'> & { readonly db: Database },
  ) {
    this.#context = context;
    const { db } = context;
    this.#selectDeliveries = prepare(
      db,
      'SELECT destination_id, state FROM delivery WHERE id BETWEEN ? AND ?',
    );
    this.#deleteDeliveries = prepare(db, 'DELETE FROM delivery WHERE id BETWEEN ? AND ?');
  }

  /** The messages stay, without content. A large one goes bit by bit afterwards. */
  removeContents(of: readonly StoredContent[]): void {
    const { messages, contents, storage } = this.#context;
    for (const { id, chunk_count: chunkCount } of of) {
      if (chunkCount > 1) contents.doom(id);
      else contents.removeNow(id);
      storage.giveBack(id);
      messages.markContentGone(id);
    }
  }

  /** Messages whose content is gone. */
  removeMessages(ids: readonly number[], nowMs: number): void {
    const { messages, destinations } = this.#context;
    const touched = new Set<number>();
    for (const id of ids) {
      const range = deliveryRange(id);
      for (const { destination_id: destinationId, state } of this.#selectDeliveries.all(...range)) {
        const destination = destinations.byId(destinationId);
        if (destination !== undefined) destinations.count(destination, state, -1);
        touched.add(destinationId);
      }
      this.#deleteDeliveries.run(...range);
      messages.delete(id);
    }
    for (const id of touched) {
      const destination = destinations.byId(id);
      if (destination !== undefined) destinations.removeIfEmpty(destination, nowMs);
    }
  }
}
