/**
 * Destinations as objects, the same one for as long as something of it is in hand. Every transaction reads the rows that it
 * works with again: others change them as well. Counters are rows of this node; what is due is lowered where the row's
 * value is later, and raised by claims alone (claim.ts), under a lock that excludes who lowers it.
 */
import type { FeedDestination } from '../../flow/feed.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Bound } from '../engine/row-insert.ts';
import type { Session } from '../engine/session.ts';

export interface Destination extends FeedDestination {
  /** What its row said of `nextDueAtMs`. */
  rowDueAtMs: number | undefined;
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
const LOWER = `UPDATE destination d SET next_due_at = v.due FROM unnest($1::bigint[], $2::bigint[]) AS v (id, due)
  WHERE d.id = v.id AND (d.next_due_at IS NULL OR d.next_due_at > v.due)`;
const HOLD_STILL = 'SELECT id FROM destination WHERE id = ANY($1::bigint[]) ORDER BY id FOR SHARE';
/** Objects beyond which the idle ones are dropped. */
const LIMIT = 20_000;

export class Destinations {
  readonly #byId = new Map<number, Destination>();
  readonly #byName = new Map<string, Destination>();

  /** As it was last read; nothing of it is sure but what is in hand. */
  known(name: string): Destination | undefined {
    return this.#byName.get(name);
  }

  /** The rows called `names`, read now. Those that are missing are not there. */
  async read(session: Session, names: readonly string[]): Promise<Map<string, Destination>> {
    const found = new Map<string, Destination>();
    if (names.length === 0) return found;
    const { rows } = await session.query<DestinationRow>(BY_NAME, [binaryArray('text', names)]);
    for (const row of rows) found.set(row.name, this.objectOf(row));
    return found;
  }

  /** The same; those that are missing are added. */
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

  /** Drops the idle ones when there are too many. */
  trim(): void {
    if (this.#byId.size <= LIMIT) return;
    for (const [id, { name, inFlight }] of this.#byId) {
      if (inFlight > 0) continue;
      this.#byId.delete(id);
      this.#byName.delete(name);
    }
  }
}

/** What becomes due beneath a destination, and whether its row says so already. */
export interface Due {
  readonly id: number;
  readonly atMs: number;
  readonly known: boolean;
}

/**
 * What is due beneath these is no later than that. Under a lock until the commit that a claim would have to wait for: it
 * must not raise a row's time while it cannot see what is due there. Once more behind the lock, since it may have done so
 * before.
 */
export function lowerDue(due: readonly Due[]): readonly Bound[] {
  if (due.length === 0) return [];
  const sorted = [...due].sort((one, other) => one.id - other.id);
  const later = sorted.filter(({ known }) => !known);
  const hold = { text: HOLD_STILL, values: [idsOf(sorted)] };
  return [...(later.length > 0 ? [lower(later)] : []), hold, lower(sorted)];
}

function lower(due: readonly Due[]): Bound {
  const times = binaryArray(
    'bigint',
    due.map(({ atMs }) => atMs),
  );
  return { text: LOWER, values: [idsOf(due), times] };
}

function idsOf(due: readonly Due[]): Buffer {
  return binaryArray(
    'bigint',
    due.map(({ id }) => id),
  );
}

function readRow(row: DestinationRow) {
  return {
    nextDueAtMs: row.next_due_at ?? undefined,
    rowDueAtMs: row.next_due_at ?? undefined,
    blockedUntilMs: row.blocked_until ?? undefined,
    suspended: row.suspended === 1,
    tries: row.tries,
    withholdsUntilMs: row.withholds_until ?? 0,
  };
}
