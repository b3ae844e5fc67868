/**
 * Numbers events after their commit. One node at a time moves them from `event_pending` to the log, in the order in which
 * they were written, a few hundred in a transaction. So the log has one cursor: no event appears later with a lower number
 * than one that was read, and the events of a message that a transaction could see come before its own.
 *
 * The transaction locks the row of its duty and the row of the next number until it ends. A node that loses the duty, by
 * dying or by being taken for dead, has moved all events of a transaction or none.
 */
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { Database } from '../engine/database.ts';
import type { Life } from '../engine/life.ts';
import type { Session } from '../engine/session.ts';

const EVENTS_A_STEP = 500;
/** Time between looks: soon after events were written here; the longest wait for events of other nodes; after a failure. */
const SOON_MS = 5;
const IDLE_MS = 100;
const FAILED_MS = 1_000;

/** A duty as its holder has it: the life and the fence. */
export interface HeldDuty {
  readonly life: number;
  readonly fence: number;
}

export interface SequencerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** From memory; `undefined`: another node has it. */
  readonly held: () => HeldDuty | undefined;
}

const ANY = 'SELECT id FROM event_pending ORDER BY id LIMIT 1';
const LOCK = `SELECT c.next_event FROM duty d CROSS JOIN counter c
  WHERE d.name = 'events' AND d.life_id = $1 AND d.fence = $2 FOR UPDATE`;

const TAKE = `INSERT INTO duty (name, life_id, fence) VALUES ('events', $1, 1)
  ON CONFLICT (name) DO UPDATE SET life_id = excluded.life_id, fence = duty.fence + 1 RETURNING fence`;

const COLUMNS = 'type, at, account_id, message_id, recipient_number, recipient, stream, tags, metadata, data';
/** A suppression that refers to one of them gets its number; until then it has the key, below zero. */
export const MOVE = `WITH moved AS (
    DELETE FROM event_pending WHERE id = ANY (ARRAY(SELECT id FROM event_pending ORDER BY id LIMIT ${EVENTS_A_STEP}))
    RETURNING id, ${COLUMNS}),
  numbered AS MATERIALIZED (
    SELECT CAST($1 AS bigint) + row_number() OVER (ORDER BY id) - 1 AS sequence, id, ${COLUMNS} FROM moved),
  logged AS (INSERT INTO event (sequence, ${COLUMNS}) SELECT sequence, ${COLUMNS} FROM numbered),
  rested AS (UPDATE suppression s SET event = n.sequence FROM numbered n WHERE s.event < 0 AND s.event = -n.id)
  UPDATE counter SET next_event = next_event + (SELECT count(*) FROM numbered)
  WHERE EXISTS (SELECT 1 FROM numbered) RETURNING (SELECT count(*) FROM numbered) AS count`;

export class Sequencer {
  readonly #options: SequencerOptions;
  #timer: Timer | undefined;
  #running: Promise<unknown> | undefined;
  #again = false;
  #stopped = false;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#in(IDLE_MS);
  }

  /** Events were committed here: they are numbered soon. */
  wake(): void {
    this.#again = true;
    if (this.#running === undefined && this.#timer !== undefined) this.#in(SOON_MS);
  }

  /** Resolves when none of its transactions is open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  /** Numbers the events that are there, if this node has the duty; resolves to their number. StoreError. */
  async number(): Promise<number> {
    const { database, held } = this.#options;
    let total = 0;
    for (;;) {
      const duty = held();
      if (duty === undefined) return total;
      const { rows } = await database.read((session) => session.query(ANY));
      if (rows.length === 0) return total;
      const count = await database.transaction((session) => numberSome(session, duty));
      total += count;
      if (count === 0) return total;
    }
  }

  #in(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#again = false;
      this.#running = this.number()
        .then(
          (count) => (count > 0 || this.#again ? SOON_MS : IDLE_MS),
          (error: unknown) => {
            this.#options.log.warn('events not numbered', { reason: String(error) });
            return FAILED_MS;
          },
        )
        .then((nextMs) => {
          this.#running = undefined;
          this.#in(nextMs);
        });
    });
  }
}

/** Moves the first committed events, in the transaction of `session`; 0: there are none, or another node has the duty. */
export async function numberSome(session: Session, { life, fence }: HeldDuty): Promise<number> {
  const locked = await session.query<{ next_event: number }>(LOCK, [life, fence]);
  const next = locked.rows[0]?.next_event;
  if (next === undefined) return 0;
  // A separate statement, so that it sees what was committed before the lock was granted.
  const moved = await session.query<{ count: number }>(MOVE, [next]);
  return moved.rows[0]?.count ?? 0;
}

/** Gives the duty to this life, whoever had it; returns the fence. */
export async function takeEvents(session: Session, { lifeKey }: Life): Promise<number> {
  return (await session.query<{ fence: number }>(TAKE, [lifeKey])).rows[0]?.fence ?? 0;
}
