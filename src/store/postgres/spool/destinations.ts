/**
 * Destinations as objects; a destination keeps its object while it has claims. Every transaction reads the rows that it uses
 * again, because other nodes change them too. Counters are in rows of this node. The next due time is lowered when the row's
 * value is later; only claims raise it (claim.ts), under a lock that excludes lowering. Rows of several destinations are
 * locked in the order of their keys, so that nodes cannot deadlock.
 */
import type { FeedDestination } from '../../flow/feed.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Bound } from '../engine/row-insert.ts';
import type { Session } from '../engine/session.ts';

export interface Destination extends FeedDestination {
  /** How often it failed as a whole. */
  tries: number;
  withholdsUntilMs: number;
}

export interface DestinationRow {
  readonly id: number;
  readonly name: string;
  readonly next_due_at: number | null;
  readonly blocked_until: number | null;
  readonly suspended: number;
  readonly tries: number;
  readonly withholds_until: number | null;
}

export const DESTINATION_COLUMNS = 'id, name, next_due_at, blocked_until, suspended, tries, withholds_until';

const BY_NAME = `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE name = ANY($1::text[])`;
const ADD = `INSERT INTO destination (name) SELECT name FROM unnest($1::text[]) AS name ORDER BY name COLLATE "C"
  ON CONFLICT (name) DO NOTHING`;
const HOLD_STILL = 'SELECT id FROM destination WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE';
/** The inner SELECT locks the rows to be changed, one after the other. */
const CHANGE = `UPDATE destination d SET next_due_at = least(d.next_due_at, v.due),
    withholds_until = greatest(d.withholds_until, v.withholds)
  FROM (SELECT t.id, u.due, u.withholds
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u (id, due, withholds) JOIN destination t ON t.id = u.id
    WHERE coalesce(t.next_due_at > u.due, u.due IS NOT NULL) OR u.withholds > coalesce(t.withholds_until, 0)
    ORDER BY t.id FOR NO KEY UPDATE OF t) v
  WHERE d.id = v.id`;
/** Objects beyond which the idle ones are dropped. */
const LIMIT = 20_000;

export class Destinations {
  readonly #byId = new Map<number, Destination>();
  readonly #byName = new Map<string, Destination>();

  /** As last read; only its claims are certain. */
  known(name: string): Destination | undefined {
    return this.#byName.get(name);
  }

  /** The rows called `names`, read now. Missing ones are absent. */
  async read(session: Session, names: readonly string[]): Promise<Map<string, Destination>> {
    const found = new Map<string, Destination>();
    if (names.length === 0) return found;
    const { rows } = await session.query<DestinationRow>(BY_NAME, [binaryArray('text', names)]);
    for (const row of rows) found.set(row.name, this.objectOf(row));
    return found;
  }

  /** The same; missing rows are created. */
  async readOrAdd(session: Session, names: readonly string[]): Promise<Map<string, Destination>> {
    const found = await this.read(session, names);
    const missing = names.filter((name) => !found.has(name));
    if (missing.length === 0) return found;
    await session.query(ADD, [binaryArray('text', missing)]);
    for (const [name, destination] of await this.read(session, missing)) found.set(name, destination);
    return found;
  }

  objectOf(row: DestinationRow): Destination {
    let destination = this.#byId.get(row.id);
    if (destination === undefined) {
      destination = { ...readRow(row), id: row.id, name: row.name, inFlight: 0, inFlightOf: new Map() };
      this.#byId.set(row.id, destination);
      this.#byName.set(row.name, destination);
    } else Object.assign(destination, readRow(row));
    return destination;
  }

  /** Drops idle ones when there are too many. */
  trim(): void {
    if (this.#byId.size <= LIMIT) return;
    for (const [id, { name, inFlight }] of this.#byId) {
      if (inFlight > 0) continue;
      this.#byId.delete(id);
      this.#byName.delete(name);
    }
  }
}

/** A transaction's changes of a destination: a delivery is due then, unknown addresses are not suppressed. */
export interface DestinationChange {
  readonly id: number;
  dueAtMs?: number;
  withholdsUntilMs?: number;
}

/**
 * Takes a lock, until the commit, that keeps claims away: a claim must not raise a row's time while it cannot see the new
 * delivery. Called before {@link changeDestinations}, because a claim may have raised it just now. Transactions with this
 * lock do not wait for each other. Empty: nothing is due.
 */
export function holdStill(changes: readonly DestinationChange[]): readonly Bound[] {
  const due = changes.filter(({ dueAtMs }) => dueAtMs !== undefined);
  return due.length === 0 ? [] : [{ text: HOLD_STILL, values: [bigints(due, ({ id }) => id)] }];
}

/**
 * Lowers the next due time of these to the given one, and extends their withholdings. Waits for other transactions that
 * change one of them.
 */
export function changeDestinations(changes: readonly DestinationChange[]): readonly Bound[] {
  if (changes.length === 0) return [];
  const values = [
    bigints(changes, ({ id }) => id),
    bigints(changes, ({ dueAtMs }) => dueAtMs),
    bigints(changes, ({ withholdsUntilMs }) => withholdsUntilMs),
  ];
  return [{ text: CHANGE, values }];
}

function bigints(
  changes: readonly DestinationChange[],
  of: (change: DestinationChange) => number | undefined,
): Buffer {
  return binaryArray('bigint', changes.map(of));
}

function readRow(row: DestinationRow) {
  return {
    nextDueAtMs: row.next_due_at ?? undefined,
    blockedUntilMs: row.blocked_until ?? undefined,
    suspended: row.suspended === 1,
    tries: row.tries,
    withholdsUntilMs: row.withholds_until ?? 0,
  };
}
