/**
 * Destinations: one row each with the next due time, a block, a suspension and a counter for each state, so that accepting,
 * claiming and summaries do not read deliveries. Changes are collected in memory and written once in a transaction, however
 * many operations touch the destination.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import type { DestinationBlock } from '../../delivery-records.ts';
import { DestinationTries } from './destination-tries.ts';
import { DestinationCache } from './destination-cache.ts';
import { DESTINATION_COLUMNS, type Destination, type DestinationRow } from './destination-row.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';

/** The written part of a row: the next due time, and the change of each state's counter. */
type DestinationChange = Record<'id' | DeliveryState, number> & { dueAt: number | null };

export class Destinations implements Participant {
  readonly #transaction: Transaction;
  readonly #cache: DestinationCache;
  readonly #dirty = new Set<Destination>();
  readonly #tries: DestinationTries;
  readonly #insert: Statement<[string], number>;
  readonly #write: NamedStatement<DestinationChange>;
  readonly #writeBlock: NamedStatement<{
    id: number;
    until: number | undefined;
    failures: number;
    error: string | null;
    tries: number;
    waits: string | undefined;
  }>;
  readonly #writeWait: Statement<[number, string, number]>;
  readonly #endWait: Statement<[number]>;
  readonly #selectWaiting: Statement<[string], DestinationRow>;
  readonly #writeSuspended: Statement;
  readonly #selectReady: Statement<[number, number], DestinationRow>;
  readonly #selectNextReady: Statement<[number], { name: string; ready_at: number }>;
  readonly #liftLater: Statement<[number]>;
  readonly #selectAfter: Statement<[number, number], DestinationRow>;
  readonly #deleteEmpty: Statement<[number, number]>;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#cache = new DestinationCache(db);
    this.#tries = new DestinationTries(db);
    this.#insert = pluck<[string], number>(db, 'INSERT INTO destination (name) VALUES (?) RETURNING id');
    const counters = DELIVERY_STATES.map((state) => `${state} = ${state} + :${state}`).join(', ');
    this.#write = new NamedStatement(
      db,
      `UPDATE destination SET next_due_at = :dueAt, ${counters} WHERE id = :id`,
    );
    this.#writeBlock = new NamedStatement(
      db,
      `UPDATE destination SET blocked_until = :until, failures = :failures, last_error = coalesce(:error, last_error),
      tries = :tries, waits_for = :waits WHERE id = :id`,
    );
    this.#writeWait = prepare(db, 'UPDATE destination SET blocked_until = ?, waits_for = ? WHERE id = ?');
    this.#endWait = prepare(
      db,
      'UPDATE destination SET blocked_until = NULL, waits_for = NULL WHERE id = ? AND waits_for IS NOT NULL',
    );
    this.#selectWaiting = prepare(db, `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE waits_for = ?`);
    this.#writeSuspended = prepare(db, 'UPDATE destination SET suspended = ? WHERE id = ?');
    this.#selectReady = prepare(
      db,
      `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE ready_at <= ? ORDER BY ready_at LIMIT ?`,
    );
    this.#selectNextReady = prepare(
      db,
      'SELECT name, ready_at FROM destination WHERE ready_at IS NOT NULL ORDER BY ready_at LIMIT ?',
    );
    this.#liftLater = prepare(db, 'UPDATE destination SET blocked_until = NULL WHERE blocked_until > ?');
    this.#selectAfter = prepare(
      db,
      `SELECT ${DESTINATION_COLUMNS} FROM destination WHERE id > ? ORDER BY id LIMIT ?`,
    );
    const empty = DELIVERY_STATES.map((state) => `${state} = 0`).join(' AND ');
    this.#deleteEmpty = prepare(
      db,
      `DELETE FROM destination WHERE id = ? AND ${empty} AND suspended = 0 AND coalesce(blocked_until, 0) <= ?`,
    );
    transaction.join(this);
  }

  /** The destination called `name`, created if missing. */
  byName(name: string): Destination {
    return this.find(name) ?? this.#add(name);
  }

  /** The destination called `name`; `undefined`: nothing was ever queued for it. */
  find(name: string): Destination | undefined {
    return this.#cache.byName(name);
  }

  byId(id: number): Destination | undefined {
    return this.#cache.byId(id);
  }

  /** In order of id, for bulk changes. */
  after(id: number, limit: number): Destination[] {
    this.flush();
    return this.#selectAfter.all(id, limit).map((row) => this.#cache.objectOf(row));
  }

  /** Destinations with due deliveries that are neither blocked nor suspended, longest due first. */
  ready(nowMs: number, limit: number): Destination[] {
    this.flush();
    return this.#selectReady.all(nowMs, limit).map((row) => this.#cache.objectOf(row));
  }

  /** The earliest time at which a claim outside `excluded` may find something. */
  nextReadyAtMs(excluded: ReadonlySet<string>): number | undefined {
    this.flush();
    const rows = this.#selectNextReady.all(excluded.size + 1);
    return rows.find((row) => !excluded.has(row.name))?.ready_at;
  }

  /** Adds `change` deliveries in `state`. */
  count(destination: Destination, state: DeliveryState, change: number): void {
    this.#cache.refresh(destination);
    const changes = (destination.changes ??= DELIVERY_STATES.map(() => 0));
    const index = DELIVERY_STATES.indexOf(state);
    this.#dirty.add(destination);
    changes[index] = (changes[index] ?? 0) + change;
    this.#transaction.undo.record(() => this.#uncount(destination, index, change));
  }

  /** A delivery is due at `atMs`. */
  lowerDue(destination: Destination, atMs: number): void {
    this.#cache.refresh(destination);
    if (destination.nextDueAtMs !== undefined && destination.nextDueAtMs <= atMs) return;
    this.setDue(destination, atMs);
  }

  setDue(destination: Destination, atMs: number | undefined): void {
    this.#cache.refresh(destination);
    const before = destination.nextDueAtMs;
    if (before === atMs) return;
    destination.nextDueAtMs = atMs;
    this.#dirty.add(destination);
    this.#transaction.undo.record(() => {
      destination.nextDueAtMs = before;
    });
  }

  /** `failures` 0 clears the block. Its tries are kept. */
  block(destination: Destination, block: DestinationBlock): void {
    this.#cache.refresh(destination);
    const { blockedUntilMs: before, tries: triesBefore } = destination;
    const until = block.failures === 0 ? undefined : Math.round(block.untilMs);
    const error = block.failures === 0 ? null : block.lastError;
    for (const records of block.tries ?? []) this.#tries.add(destination.id, ++destination.tries, records);
    const { id, tries } = destination;
    const waits = until === undefined ? undefined : block.waitsFor;
    this.#writeBlock.run({ id, until, failures: block.failures, error, tries, waits });
    destination.blockedUntilMs = until;
    this.#transaction.undo.record(() => {
      destination.blockedUntilMs = before;
      destination.tries = triesBefore;
    });
  }

  /** Blocks it for a limit, `waitsFor`, unless a longer block exists; empty: it waits for no limit any more. */
  wait(destination: Destination, { untilMs, waitsFor = '' }: DestinationBlock): void {
    this.#cache.refresh(destination);
    const { id, blockedUntilMs: before } = destination;
    const until = waitsFor === '' ? undefined : Math.round(untilMs);
    if (until === undefined) {
      if (this.#endWait.run(id).changes === 0) return;
    } else if (before !== undefined && before >= until) return;
    else this.#writeWait.run(until, waitsFor, id);
    destination.blockedUntilMs = until;
    this.#transaction.undo.record(() => {
      destination.blockedUntilMs = before;
    });
  }

  /** Those that are blocked for one of these limits. */
  waitingFor(words: readonly string[]): Destination[] {
    this.flush();
    return words.flatMap((limit) => this.#selectWaiting.all(limit).map((row) => this.#cache.objectOf(row)));
  }

  /** Tries that failed for the destination as a whole since then. */
  triesSince(destination: Destination, sinceMs: number): number {
    return this.#tries.countSince(destination.id, destination.tries, sinceMs);
  }

  /**
   * Lifts every block that ends after `latestMs`; the failures are kept. Reads all rows: for the start, and after the clock
   * was set back. Returns the number lifted.
   */
  liftBlocksAfter(latestMs: number): number {
    this.flush();
    const { changes } = this.#liftLater.run(Math.round(latestMs));
    if (changes > 0) this.#cache.outdate();
    return changes;
  }

  suspend(destination: Destination, suspended: boolean): void {
    this.#cache.refresh(destination);
    const before = destination.suspended;
    this.#writeSuspended.run(suspended ? 1 : 0, destination.id);
    destination.suspended = suspended;
    this.#transaction.undo.record(() => {
      destination.suspended = before;
    });
  }

  /** Removes the row of a destination without deliveries and settings. */
  removeIfEmpty(destination: Destination, nowMs: number): void {
    if (destination.inFlight > 0) return;
    this.flush();
    if (this.#deleteEmpty.run(destination.id, nowMs).changes > 0) this.#forget(destination);
  }

  onForeignChange(): void {
    this.#cache.outdate();
  }

  beforeCommit(): void {
    this.flush();
  }

  afterCommit(): void {
    for (const destination of this.#cache.trim()) this.#dirty.delete(destination);
  }

  /** Writes collected changes, so that a query sees them. */
  flush(): void {
    if (this.#dirty.size === 0) return;
    const written = [...this.#dirty].map((destination) => ({ destination, changes: destination.changes }));
    this.#dirty.clear();
    for (const { destination, changes } of written) {
      destination.changes = undefined;
      this.#write.run(changeOf(destination, changes));
    }
    this.#transaction.undo.record(() => {
      for (const { destination, changes } of written) {
        destination.changes = changes;
        this.#dirty.add(destination);
      }
    });
  }

  #uncount(destination: Destination, index: number, change: number): void {
    const { changes } = destination;
    if (changes !== undefined) changes[index] = (changes[index] ?? 0) - change;
  }

  #add(name: string): Destination {
    const id = this.#insert.get(name) ?? 0;
    const destination = this.#cache.objectOf({
      id,
      name,
      next_due_at: null,
      blocked_until: null,
      suspended: 0,
      tries: 0,
    });
    this.#transaction.undo.record(() => this.#forget(destination));
    return destination;
  }

  #forget(destination: Destination): void {
    this.#cache.forget(destination);
    this.#dirty.delete(destination);
  }
}

function changeOf({ id, nextDueAtMs }: Destination, changes: readonly number[] | undefined) {
  const change: Partial<DestinationChange> = { id, dueAt: nextDueAtMs ?? null };
  for (const [index, state] of DELIVERY_STATES.entries()) change[state] = changes?.[index] ?? 0;
  return change as DestinationChange;
}
