/**
 * The one write transaction of the connection: BEGIN IMMEDIATE, savepoints, COMMIT, and the actions at each step. Numbers of
 * messages and events are assigned here, so that their order is the order of commits. Objects that keep state in memory take
 * part: they are notified when another process changed the database, write their collected changes before the commit, and are
 * notified of its result.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { TransactionControl } from './group-commit.ts';
import { damageOf } from './sqlite-error.ts';
import { UndoLog } from '../../flow/undo-log.ts';

export interface Participant {
  /** Another connection has committed since the last transaction: caches may be stale. */
  onForeignChange?(): void;
  /** Last chance to write in this transaction. */
  beforeCommit?(): void;
  /** The transaction is durable. */
  afterCommit?(): void;
}

/**
 * How a tool beside the relay waits for its turn: SQLite's own busy handler sleeps ever longer, up to 100 ms, and would
 * rarely meet the short gaps that a busy relay leaves between two commits.
 */
const TRY_EVERY_MS = 0.3;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

interface CounterRow {
  readonly next_message: number;
  readonly next_event: number;
}

export class Transaction implements TransactionControl {
  readonly undo = new UndoLog();
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #rollbackTo: Statement;
  readonly #commit: Statement;
  readonly #dataVersion: Statement<[], number>;
  readonly #readCounter: Statement<[], CounterRow>;
  readonly #writeCounter: Statement<[number, number]>;
  readonly #participants: Participant[] = [];
  readonly #beginTries: number;
  #mark = 0;
  #seenDataVersion: number;
  #nextMessage = 0;
  #nextEvent = 0;
  #counterChanged = false;

  /** `waitMs`: how long `begin` tries, at short intervals, to get a lock that another process holds; 0: SQLite waits. */
  constructor(db: Database, waitMs: number) {
    this.#db = db;
    this.#beginTries = 1 + Math.ceil(waitMs / TRY_EVERY_MS);
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#savepoint = db.prepare('SAVEPOINT operation');
    this.#release = db.prepare('RELEASE operation');
    this.#rollbackTo = db.prepare('ROLLBACK TO operation');
    this.#commit = db.prepare('COMMIT');
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#readCounter = db.prepare('SELECT next_message, next_event FROM counter');
    this.#writeCounter = db.prepare('UPDATE counter SET next_message = ?, next_event = ?');
    this.#seenDataVersion = this.#dataVersion.get() ?? 0;
  }

  join(participant: Participant): void {
    this.#participants.push(participant);
  }

  /** The key of the next message; never used twice, even when the operation fails. */
  takeMessageKey(): number {
    this.#counterChanged = true;
    return this.#nextMessage++;
  }

  /** All messages so far have keys below this. Inside a transaction. */
  get nextMessageKey(): number {
    return this.#nextMessage;
  }

  /** The sequence of the next event. */
  takeEventSequence(): number {
    this.#counterChanged = true;
    return this.#nextEvent++;
  }

  /** True when another connection has committed since this was last called or a transaction began. Outside transactions. */
  changedElsewhere(): boolean {
    const version = this.#dataVersion.get() ?? 0;
    if (version === this.#seenDataVersion) return false;
    this.#seenDataVersion = version;
    for (const participant of this.#participants) participant.onForeignChange?.();
    return true;
  }

  begin(): void {
    this.#lock();
    this.changedElsewhere();
    const counter = this.#readCounter.get();
    this.#nextMessage = counter?.next_message ?? 1;
    this.#nextEvent = counter?.next_event ?? 1;
    this.#counterChanged = false;
  }

  savepoint(): void {
    this.#savepoint.run();
    this.#mark = this.undo.mark();
  }

  release(): void {
    this.#release.run();
  }

  rollbackToSavepoint(): void {
    this.#rollbackTo.run();
    this.#release.run();
    this.undo.backTo(this.#mark);
  }

  commit(): void {
    for (const participant of this.#participants) participant.beforeCommit?.();
    if (this.#counterChanged) this.#writeCounter.run(this.#nextMessage, this.#nextEvent);
    this.#commit.run();
    this.undo.clear();
  }

  committed(): void {
    for (const participant of this.#participants) participant.afterCommit?.();
  }

  rollback(): void {
    this.undo.backTo(0);
    // SQLite rolls back by itself after some errors; a second ROLLBACK would hide the first error.
    if (!this.#db.inTransaction) return;
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // The original error is the one to report; the caller abandons a handle that cannot roll back.
    }
  }

  #lock(): void {
    for (let tries = this.#beginTries; ; tries--) {
      try {
        this.#begin.run();
        return;
      } catch (error) {
        if (tries <= 1 || damageOf(error) !== 'busy') throw error;
        Atomics.wait(NEVER, 0, 0, TRY_EVERY_MS);
      }
    }
  }
}
