/** SQL of mail that had to arrive by a time that is over, and is to be returned. */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import { DELIVERY_COLUMNS, type DeliveryRow } from '../../sql/spool/delivery-columns.ts';
import { pluck, prepare } from '../engine/prepare.ts';

export interface OverdueRow extends DeliveryRow {
  readonly destination_id: number;
}

const COLUMNS = DELIVERY_COLUMNS.split(', ')
  .map((column) => `d.${column}`)
  .join(', ');

export class OverdueRows {
  readonly #select: Statement<[number, number], OverdueRow>;
  readonly #next: Statement<[number], number>;
  readonly #release: Statement<[DeliveryState, number]>;

  constructor(db: Database) {
    this.#select = prepare(
      db,
      `SELECT ${COLUMNS}, d.destination_id FROM message m INDEXED BY message_deliver_by CROSS JOIN delivery d
      WHERE m.by_mode = 'return' AND m.settled_at IS NULL AND m.deliver_by <= ?
        AND d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}
        AND (d.due_at IS NOT NULL OR d.state = 'held') ORDER BY m.deliver_by LIMIT ?`,
    );
    this.#next = pluck(
      db,
      `SELECT deliver_by FROM message INDEXED BY message_deliver_by
      WHERE by_mode = 'return' AND settled_at IS NULL AND deliver_by > ? ORDER BY deliver_by LIMIT 1`,
    );
    this.#release = prepare(db, 'UPDATE delivery SET state = ? WHERE id = ?');
  }

  /** Held or not, but not claimed; the longest over first. */
  first(nowMs: number, limit: number): readonly OverdueRow[] {
    return this.#select.all(nowMs, limit);
  }

  /** When the next one has to arrive; `undefined`: none has to. */
  nextAtMs(nowMs: number): number | undefined {
    return this.#next.get(nowMs);
  }

  /** It is held no more, and has to be claimed. */
  release(key: number, state: DeliveryState): void {
    this.#release.run(state, key);
  }
}
