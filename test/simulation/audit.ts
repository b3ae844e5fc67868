/**
 * Looks into the database itself, on a connection of its own, and holds it against the ledger: everything promised is
 * there, in the state that the ledger knows; counters count; what waits can be found; what is claimed is in the hands of
 * the life at hand; events tell each delivery's story once. Between two happenings nothing is half done, so all of it
 * holds at any time.
 */
import path from 'node:path';
import Database from 'better-sqlite3';
import {
  DELIVERY_STATES,
  FINAL_STATES,
  isFinal,
  type DeliveryState,
} from '../../src/policy/delivery-state.ts';
import { deliveryIdOf } from '../../src/store/public-ids.ts';
import { chunkRange, deliveryRange, recipientNumberOf } from '../../src/store/flow/keys.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerDelivery } from './ledger-entries.ts';

/** Keys that each message has for its deliveries and chunks. */
const [DELIVERIES] = deliveryRange(1);
const [CHUNKS] = chunkRange(1);

interface EventRow {
  readonly sequence: number;
  readonly type: string;
  readonly message_id: string;
  readonly recipient_number: number;
}

interface DeliveryRow {
  readonly id: number;
  readonly message: string;
  readonly state: DeliveryState;
  readonly claim_epoch: number | null;
  readonly due_at: number | null;
}

export class Audit {
  readonly #db: Database.Database;
  readonly #ledger: Ledger;
  #lastSequence = 0;

  constructor(dataDir: string, ledger: Ledger) {
    this.#ledger = ledger;
    this.#db = new Database(path.join(dataDir, 'postern.db'), { readonly: true });
  }

  close(): void {
    this.#db.close();
  }

  /** Reads what was appended to the event log. */
  readEvents(): void {
    const rows = this.#db
      .prepare<[number], EventRow>(
        'SELECT sequence, type, message_id, recipient_number FROM event WHERE sequence > ? ORDER BY sequence',
      )
      .all(this.#lastSequence);
    for (const row of rows) {
      this.#ledger.promises.holds(row.sequence > this.#lastSequence, 'event sequences grow');
      this.#lastSequence = row.sequence;
      const id = deliveryIdOf(row.message_id, row.recipient_number);
      const delivery = this.#ledger.deliveries.get(id);
      if (delivery === undefined)
        this.#ledger.promises.breaks(`an event ${row.type} of the unknown delivery ${id}`);
      else this.#readEvent(delivery, row.type);
    }
  }

  /** `epoch` of the life at hand; `undefined` when there is none. */
  check(isRelayUp: boolean): void {
    this.readEvents();
    for (const delivery of this.#ledger.finished) this.#checkStory(delivery);
    this.#ledger.finished.clear();
    this.#checkDeliveries(isRelayUp);
    this.#checkCounters();
    this.#checkDue();
    this.#checkMessages();
  }

  /** Deliveries that an operator holds, or whose destination is suspended. */
  held(): ReadonlySet<string> {
    const rows = this.#db
      .prepare<[], { id: number; message: string }>(
        `SELECT d.id, m.public_id AS message FROM delivery d JOIN message m ON m.id = d.id / ${DELIVERIES}
         JOIN destination t ON t.id = d.destination_id
         WHERE d.settled_at IS NULL AND (d.state = 'held' OR t.suspended = 1)`,
      )
      .all();
    return new Set(rows.map((row) => deliveryIdOf(row.message, recipientNumberOf(row.id))));
  }

  /** Destinations that an operator suspended. */
  suspended(): readonly string[] {
    return this.#db
      .prepare<[], { name: string }>('SELECT name FROM destination WHERE suspended = 1')
      .all()
      .map(({ name }) => name);
  }

  /** Destinations of which something could be tried since `sinceMs` (wall clock): due, and nobody stops it. */
  readySince(sinceMs: number): readonly string[] {
    return this.#db
      .prepare<[number, number], { name: string }>(
        `SELECT DISTINCT t.name FROM destination t JOIN delivery d ON d.destination_id = t.id
         WHERE t.suspended = 0 AND coalesce(t.blocked_until, 0) <= ? AND d.due_at <= ?`,
      )
      .all(sinceMs, sinceMs)
      .map(({ name }) => name);
  }

  /** When everything is settled: nothing is left over, and the file is sound. */
  checkEnd(): void {
    const holds = (condition: boolean, promise: string) => this.#ledger.promises.holds(condition, promise);
    holds(
      this.#number('SELECT count(*) FROM delivery WHERE claim_epoch IS NOT NULL') === 0,
      'nothing is claimed',
    );
    holds(
      this.#number('SELECT count(*) FROM message WHERE settled_at IS NULL OR unsettled <> 0') === 0,
      'every message is settled',
    );
    const orphans = this.#number(
      `SELECT count(*) FROM content_chunk WHERE id / ${CHUNKS} NOT IN (SELECT id FROM message WHERE chunk_count > 0)`,
    );
    const doomed = this.#number('SELECT count(*) FROM upload');
    holds(orphans === 0 || doomed > 0, `${orphans} chunks of content belong to nothing`);
    holds(this.#db.pragma('integrity_check', { simple: true }) === 'ok', 'the file is sound');
    holds((this.#db.pragma('foreign_key_check') as unknown[]).length === 0, 'references are sound');
  }

  #readEvent(delivery: LedgerDelivery, type: string): void {
    const { events } = delivery;
    const what = `${delivery.id}: ${events.join(' ')} then ${type}`;
    if (type === 'cancelled') this.#ledger.cancelled(delivery);
    this.#ledger.promises.holds(
      (type === 'accepted') === (events.length === 0),
      `events begin with accepted: ${what}`,
    );
    const last = events.at(-1) as DeliveryState | undefined;
    this.#ledger.promises.holds(last === undefined || !isFinal(last), `the last event is the last: ${what}`);
    events.push(type);
  }

  #checkDeliveries(isRelayUp: boolean): void {
    const rows = this.#db
      .prepare<[], DeliveryRow>(
        `SELECT d.id, m.public_id AS message, d.state, d.claim_epoch, d.due_at FROM delivery d
         JOIN message m ON m.id = d.id / ${DELIVERIES} WHERE d.settled_at IS NULL`,
      )
      .all();
    const epoch = this.#number('SELECT epoch FROM counter');
    let claimed = 0;
    const open = new Set(this.#ledger.open);
    for (const row of rows) {
      const id = deliveryIdOf(row.message, recipientNumberOf(row.id));
      const delivery = this.#ledger.deliveries.get(id);
      if (delivery === undefined || !open.delete(delivery)) {
        this.#ledger.promises.breaks(
          `${id} is ${row.state} in the store; known: ${delivery?.final ?? 'nothing'}`,
        );
        continue;
      }
      if (row.claim_epoch === null) continue;
      claimed++;
      this.#ledger.promises.holds(
        !isRelayUp || row.claim_epoch === epoch,
        `${id} is claimed by an earlier life`,
      );
      this.#ledger.promises.holds(
        !isRelayUp || delivery.claim !== undefined,
        `${id} is claimed by nobody we know`,
      );
    }
    for (const delivery of open)
      this.#ledger.promises.breaks(`${delivery.id} is lost: it is not in the store`);
    if (isRelayUp)
      this.#ledger.promises.holds(
        claimed === this.#ledger.hands.size,
        `${claimed} claims, known: ${this.#ledger.hands.size}`,
      );
  }

  /** Counters of destinations are what counting gives. */
  #checkCounters(): void {
    const counted = this.#db
      .prepare<[], { destination_id: number; state: DeliveryState; count: number }>(
        'SELECT destination_id, state, count(*) AS count FROM delivery GROUP BY destination_id, state',
      )
      .all();
    const real = new Map(counted.map(({ destination_id: id, state, count }) => [`${id} ${state}`, count]));
    const rows = this.#db
      .prepare<[], { id: number; name: string } & Record<DeliveryState, number>>('SELECT * FROM destination')
      .all();
    for (const row of rows)
      for (const state of DELIVERY_STATES) {
        const count = real.get(`${row.id} ${state}`) ?? 0;
        real.delete(`${row.id} ${state}`);
        this.#ledger.promises.holds(
          row[state] === count,
          `${row.name} counts ${row[state]} ${state}, there are ${count}`,
        );
      }
    this.#ledger.promises.holds(real.size === 0, 'every delivery has its destination');
  }

  /** What waits can be found: a destination is due no later than the first beneath it. */
  #checkDue(): void {
    const hidden = this.#db
      .prepare<[], { name: string }>(
        `SELECT t.name FROM destination t JOIN
           (SELECT destination_id, min(due_at) AS first FROM delivery WHERE due_at IS NOT NULL GROUP BY 1) d
           ON d.destination_id = t.id WHERE t.next_due_at IS NULL OR t.next_due_at > d.first`,
      )
      .all();
    for (const { name } of hidden)
      this.#ledger.promises.breaks(`deliveries to ${name} wait and cannot be found`);
    const stranded = this.#number(
      `SELECT count(*) FROM delivery WHERE state IN ('scheduled', 'queued', 'deferred')
       AND due_at IS NULL AND claim_epoch IS NULL`,
    );
    this.#ledger.promises.holds(stranded === 0, `${stranded} deliveries wait for nothing`);
  }

  /** A message knows how many of its deliveries are open, and its content is whole until then. */
  #checkMessages(): void {
    const final = FINAL_STATES.map((state) => `'${state}'`).join(', ');
    const wrong = this.#db
      .prepare<[], { public_id: string; unsettled: number; open: number }>(
        `SELECT m.public_id, m.unsettled, count(d.id) AS open FROM message m
         LEFT JOIN delivery d ON d.id BETWEEN m.id * ${DELIVERIES} AND (m.id + 1) * ${DELIVERIES} - 1 AND d.state NOT IN (${final})
         WHERE m.settled_at IS NULL GROUP BY m.id HAVING m.unsettled <> open`,
      )
      .all();
    for (const { public_id: id, unsettled, open } of wrong)
      this.#ledger.promises.breaks(`${id} says ${unsettled} of its deliveries are open, ${open} are`);
    const hollow = this.#db
      .prepare<[], { public_id: string }>(
        `SELECT m.public_id FROM message m WHERE m.settled_at IS NULL AND m.chunk_count <>
         (SELECT count(*) FROM content_chunk c WHERE c.id BETWEEN m.id * ${CHUNKS} AND (m.id + 1) * ${CHUNKS} - 1)`,
      )
      .all();
    for (const { public_id: id } of hollow)
      this.#ledger.promises.breaks(`content of ${id} is gone before its time`);
  }

  #checkStory({ id, events, final, message }: LedgerDelivery): void {
    if (message.standing === 'sent') return;
    const ends = events.filter((type) => (FINAL_STATES as readonly string[]).includes(type));
    this.#ledger.promises.holds(
      ends.length === 1,
      `${id} has ${ends.length} last events: ${events.join(' ')}`,
    );
    this.#ledger.promises.holds(
      ends[0] === final,
      `${id} is ${final ?? 'open'}, its last event says ${ends[0] ?? ''}`,
    );
  }

  #number(sql: string): number {
    return this.#db.prepare<[], number>(sql).pluck().get() ?? 0;
  }
}
