/**
 * Destinations as objects: one for each row, which it keeps while it has claims. Rows changed by another process are read
 * again before use: a generation counts how often that may have happened. Bounded: beyond a limit idle ones are dropped.
 */
import type { Database, Statement } from 'better-sqlite3';
import { prepare } from '../engine/prepare.ts';
import {
  DESTINATION_COLUMNS,
  readDestination,
  type Destination,
  type DestinationRow,
} from './destination-row.ts';

/** Number of cached rows beyond which idle ones are dropped. */
const CACHE_LIMIT = 20_000;

export class DestinationCache {
  readonly #byName = new Map<string, Destination>();
  readonly #byId = new Map<number, Destination>();
  #generation = 0;
  readonly #selectByName: Statement<[string], DestinationRow>;
  readonly #selectById: Statement<[number], DestinationRow>;

  constructor(db: Database) {
    this.#selectByName = prepare(db, `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE name = ?`);
    this.#selectById = prepare(db, `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE id = ?`);
  }

  /** `undefined`: there is no such row. */
  byName(name: string): Destination | undefined {
    const cached = this.#byName.get(name);
    if (cached?.generation === this.#generation) return cached;
    const row = this.#selectByName.get(name);
    return row === undefined ? undefined : this.objectOf(row);
  }

  /** `undefined`: there is no such row. */
  byId(id: number): Destination | undefined {
    const cached = this.#byId.get(id);
    if (cached?.generation === this.#generation) return cached;
    const row = this.#selectById.get(id);
    return row === undefined ? undefined : this.objectOf(row);
  }

  /** The object of `row`, which was just read. */
  objectOf(row: DestinationRow): Destination {
    const read = readDestination(row, this.#generation);
    const known = this.#byId.get(row.id);
    // The counts of claims belong to the object, so it is kept. In this generation it is newer than the row.
    if (known !== undefined)
      return known.generation === this.#generation ? known : Object.assign(known, read);
    const destination = {
      id: row.id,
      name: row.name,
      inFlight: 0,
      inFlightOf: new Map<number, number>(),
      changes: undefined,
      ...read,
    };
    this.#byName.set(row.name, destination);
    this.#byId.set(row.id, destination);
    return destination;
  }

  /**
   * Refreshes `destination`, which a claim may have kept from before another process changed the row; writing it back
   * unchanged would undo that change, and hide waiting deliveries. Inside a transaction.
   */
  refresh(destination: Destination): void {
    if (destination.generation === this.#generation) return;
    const row = this.#selectById.get(destination.id);
    if (row !== undefined) Object.assign(destination, readDestination(row, this.#generation));
  }

  forget(destination: Destination): void {
    this.#byName.delete(destination.name);
    this.#byId.delete(destination.id);
  }

  /** The rows were changed without the objects: each is read again at its next use. */
  outdate(): void {
    this.#generation++;
  }

  /** Drops idle ones, when there are too many. Returns those dropped. */
  trim(): readonly Destination[] {
    if (this.#byId.size <= CACHE_LIMIT) return [];
    const idle = [...this.#byId.values()].filter(({ inFlight }) => inFlight === 0);
    for (const destination of idle) this.forget(destination);
    return idle;
  }
}
