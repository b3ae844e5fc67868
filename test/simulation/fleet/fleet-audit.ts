/**
 * Looks into the database past all nodes, at one state of it, and holds it against the ledger: everything promised is
 * there, in a state that its events tell; counters count; what waits can be found; what is claimed is in the hands of a life
 * that is lived, or ended a moment ago.
 */
import {
  DELIVERY_STATES,
  FINAL_STATES,
  isFinal,
  type DeliveryState,
} from '../../../src/policy/delivery-state.ts';
import { chunkRange, deliveryRange, recipientNumberOf } from '../../../src/store/flow/keys.ts';
import { deliveryIdOf } from '../../../src/store/public-ids.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { FleetLedger } from './fleet-ledger.ts';
import type { DeliveryTruth } from './fleet-sending.ts';

const [DELIVERIES] = deliveryRange(1);
const [CHUNKS] = chunkRange(1);
const FINAL = FINAL_STATES.map((state) => `'${state}'`).join(', ');

const TRUTH = `SELECT d.id::float8 AS id, d.state, d.settled_at::float8 AS settled_at, d.claim_life::float8 AS claim_life,
    (SELECT count(*)::int FROM node_life l WHERE l.id = d.claim_life AND l.ended_at IS NULL) AS lives
  FROM delivery d WHERE d.id = ANY($1::bigint[])`;
const ALL = `SELECT d.id::float8 AS id, m.public_id AS message, d.state, d.claim_life::float8 AS claim_life
  FROM delivery d JOIN message m ON m.id = d.id / ${DELIVERIES}`;
const OPEN = `${ALL} WHERE d.settled_at IS NULL AND d.state <> 'held'`;
const EVENTS = `SELECT sequence::float8 AS sequence, type, message_id, recipient_number::int AS recipient_number
  FROM event WHERE sequence > $1 ORDER BY sequence`;
const CLAIMANTS = `SELECT c.life::float8 AS life,
    NOT EXISTS (SELECT 1 FROM node_life l WHERE l.id = c.life AND l.ended_at IS NULL) AS ended
  FROM (SELECT DISTINCT claim_life AS life FROM delivery WHERE claim_life IS NOT NULL) c`;
const COUNTS = `WITH counted AS (SELECT destination_id, state, count(*) AS count FROM delivery GROUP BY 1, 2),
    kept AS (SELECT c.destination_id, v.state, sum(v.count) AS count FROM destination_count c
      CROSS JOIN LATERAL (VALUES ${DELIVERY_STATES.map((state) => `('${state}', ${state})`).join(', ')}) AS v (state, count)
      GROUP BY 1, 2)
  SELECT t.name, coalesce(k.state, c.state) AS state, coalesce(k.count, 0)::int AS kept, coalesce(c.count, 0)::int AS counted
  FROM kept k FULL JOIN counted c ON c.destination_id = k.destination_id AND c.state = k.state
  LEFT JOIN destination t ON t.id = coalesce(k.destination_id, c.destination_id)
  WHERE coalesce(k.count, 0) <> coalesce(c.count, 0)`;
const HIDDEN = `SELECT t.name FROM destination t JOIN
    (SELECT destination_id, min(due_at) AS first FROM delivery WHERE due_at IS NOT NULL GROUP BY 1) d
  ON d.destination_id = t.id WHERE t.next_due_at IS NULL OR t.next_due_at > d.first`;
const STRANDED = `SELECT count(*)::int AS count FROM delivery
  WHERE state IN ('scheduled', 'queued', 'deferred') AND due_at IS NULL AND claim_life IS NULL`;
const UNSETTLED = `SELECT m.public_id AS id, m.unsettled::int AS unsettled, count(d.id)::int AS open FROM message m
  LEFT JOIN delivery d ON d.id BETWEEN m.id * ${DELIVERIES} AND (m.id + 1) * ${DELIVERIES} - 1 AND d.state NOT IN (${FINAL})
  GROUP BY m.id HAVING m.unsettled <> count(d.id) OR (m.settled_at IS NULL) <> (count(d.id) > 0)`;
const HOLLOW = `SELECT m.public_id AS id FROM message m WHERE m.content_gone = 0 AND m.chunk_count <>
  (SELECT count(*) FROM content_chunk c WHERE c.id BETWEEN m.id * ${CHUNKS} AND (m.id + 1) * ${CHUNKS} - 1)`;
const READY = `SELECT DISTINCT t.name FROM destination t JOIN delivery d ON d.destination_id = t.id
  WHERE t.suspended = 0 AND coalesce(t.blocked_until, 0) <= $1 AND d.due_at <= $1`;
const LEFT = `SELECT (SELECT count(*)::int FROM event_pending) AS pending,
  (SELECT count(*)::int FROM delivery WHERE settled_at IS NULL) AS open,
  (SELECT count(*)::int FROM delivery WHERE state = 'held') AS held`;

export class FleetAudit {
  readonly #database: SimulatedDatabase;
  readonly #ledger: FleetLedger;
  readonly #stories = new Map<string, string[]>();
  #lastSequence = 0;

  constructor(database: SimulatedDatabase, ledger: FleetLedger) {
    this.#database = database;
    this.#ledger = ledger;
  }

  truthOf(keys: readonly number[]): Promise<readonly DeliveryTruth[]> {
    return this.#database.ask<DeliveryTruth>(TRUTH, [keys]);
  }

  /** Destinations of which something could be tried since `sinceMs` (wall clock): due, and nobody stops it. */
  async readySince(sinceMs: number): Promise<readonly string[]> {
    return (await this.#database.ask<{ name: string }>(READY, [sinceMs])).map(({ name }) => name);
  }

  async hasEnded(life: number): Promise<boolean> {
    return (
      (await this.#database.ask('SELECT 1 FROM node_life WHERE id = $1 AND ended_at IS NULL', [life]))
        .length === 0
    );
  }

  /** Lives that have something claimed, and whether they have ended. */
  claimants(): Promise<readonly { readonly life: number; readonly ended: boolean }[]> {
    return this.#database.ask(CLAIMANTS);
  }

  /** Deliveries that could go on, with the life that has them. */
  async open(): Promise<ReadonlyMap<string, number | null>> {
    const rows = await this.#database.ask<StateRow>(OPEN);
    return new Map(
      rows.map((row) => [deliveryIdOf(row.message, recipientNumberOf(row.id)), row.claim_life] as const),
    );
  }

  /** What is not finished yet. */
  async left(): Promise<{ readonly pending: number; readonly open: number; readonly held: number }> {
    const [left] = await this.#database.ask<{ pending: number; open: number; held: number }>(LEFT);
    return left ?? { pending: 0, open: 0, held: 0 };
  }

  /** Holds at any moment. */
  async check(): Promise<void> {
    const { promises } = this.#ledger;
    await this.#readEvents();
    await this.#checkStored();
    for (const { name, state, kept, counted } of await this.#database.ask<CountRow>(COUNTS))
      promises.breaks(
        `${name ?? 'a destination that is gone'} counts ${kept} ${state}, there are ${counted}`,
      );
    for (const { name } of await this.#database.ask<{ name: string }>(HIDDEN))
      promises.breaks(`deliveries to ${name} wait and cannot be found`);
    const [stranded] = await this.#database.ask<{ count: number }>(STRANDED);
    promises.holds(stranded?.count === 0, `${stranded?.count ?? ''} deliveries wait for nothing`);
    for (const { id, unsettled, open } of await this.#database.ask<UnsettledRow>(UNSETTLED))
      promises.breaks(`${id} says ${unsettled} of its deliveries are open, ${open} are`);
    for (const { id } of await this.#database.ask<{ id: string }>(HOLLOW))
      promises.breaks(`content of ${id} is gone before its time`);
  }

  /** When nothing is open and every event has its number: each delivery has one story, told to its end. */
  async checkEnd(): Promise<void> {
    await this.check();
    const { promises, deliveries, sending } = this.#ledger;
    for (const row of await this.#database.ask<StateRow>(ALL)) {
      const id = deliveryIdOf(row.message, recipientNumberOf(row.id));
      const story = this.#stories.get(id) ?? [];
      const ends = story.filter((type) => isFinal(type as DeliveryState));
      promises.holds(ends.length === 1, `${id} has ${ends.length} last events: ${story.join(' ')}`);
      promises.holds(ends[0] === row.state, `${id} is ${row.state}, its last event says ${ends[0] ?? ''}`);
      const delivery = deliveries.get(id);
      if (delivery === undefined) continue;
      if (row.state === 'delivered')
        promises.holds(delivery.heard > 0, `delivered, and no host took it: ${id}`);
      if (row.state === 'bounced')
        promises.holds(sending.mayBounce(delivery), `bounced, and nobody refused it for good: ${id}`);
    }
  }

  async #readEvents(): Promise<void> {
    const { promises, deliveries } = this.#ledger;
    for (const row of await this.#database.ask<EventRow>(EVENTS, [this.#lastSequence])) {
      promises.holds(
        row.sequence === this.#lastSequence + 1,
        `event ${row.sequence} follows ${this.#lastSequence}`,
      );
      this.#lastSequence = row.sequence;
      if (row.message_id === null || row.recipient_number === null) continue;
      const id = deliveryIdOf(row.message_id, row.recipient_number);
      promises.holds(deliveries.has(id), `an event ${row.type} of the unknown delivery ${id}`);
      const story = this.#stories.get(id) ?? [];
      this.#stories.set(id, story);
      const what = `${id}: ${story.join(' ')} then ${row.type}`;
      promises.holds(
        (row.type === 'accepted') === (story.length === 0),
        `events begin with accepted: ${what}`,
      );
      const last = story.at(-1) as DeliveryState | undefined;
      promises.holds(last === undefined || !isFinal(last), `the last event is the last: ${what}`);
      story.push(row.type);
    }
  }

  async #checkStored(): Promise<void> {
    const { promises, messages, deliveries } = this.#ledger;
    const rows = await this.#database.ask<StateRow>(ALL);
    const there = new Set<string>();
    for (const row of rows) {
      const id = deliveryIdOf(row.message, recipientNumberOf(row.id));
      there.add(id);
      const delivery = deliveries.get(id);
      if (delivery === undefined) promises.breaks(`${id} is in the store, and nobody sent it`);
      else this.#ledger.stored(delivery.message);
    }
    for (const { standing, deliveries: owed } of messages.values())
      if (standing !== 'sent')
        for (const { id } of owed) promises.holds(there.has(id), `${id} is lost: it is not in the store`);
  }
}

interface EventRow {
  readonly sequence: number;
  readonly type: string;
  readonly message_id: string | null;
  readonly recipient_number: number | null;
}

interface StateRow {
  readonly id: number;
  readonly message: string;
  readonly state: DeliveryState;
  readonly claim_life: number | null;
}

interface CountRow {
  readonly name: string | null;
  readonly state: string;
  readonly kept: number;
  readonly counted: number;
}

interface UnsettledRow {
  readonly id: string;
  readonly unsettled: number;
  readonly open: number;
}
