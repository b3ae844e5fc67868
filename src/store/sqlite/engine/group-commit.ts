/**
 * Group commit: operations that arrive during a commit are collected and written in ONE transaction. A promise resolves only
 * when the commit is durable.
 *
 * Failures: an operation itself (it alone rejects: the batch is rolled back and repeated with a savepoint for each, which
 * costs a copy of every changed page and is therefore not done at first); another process holding the lock (all reject
 * `busy`); no space (operations that add mail reject `disk-full`, the others are retried once without them); anything else at
 * the level of the file: all reject `failed`, and the handle is abandoned and never written to again.
 */
import { StoreError } from '../../errors.ts';
import type { CommitMeasures } from '../../flow/commit-measures.ts';
import type { Damage } from './sqlite-error.ts';

export interface Operation<T> {
  /** True for operations that accept mail: refused first when the queue, or the disk, is full. */
  readonly grows: boolean;
  /** Octets of content that it holds in memory while it waits. */
  readonly sizeBytes: number;
  /** Nothing waits for its result: it may be delayed so that others share its commit. */
  readonly patient?: boolean;
  /** Does the work, inside the transaction. May run twice; the effects of the first run are undone before. */
  run(): T;
}

/** The transaction, for the group commit. */
export interface TransactionControl {
  begin(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  commit(): void;
  /** After `commit`, before the promises resolve. */
  committed(): void;
  /** Also called when SQLite has rolled back by itself. */
  rollback(): void;
}

export interface GroupCommitOptions {
  readonly transaction: TransactionControl;
  readonly damageOf: (error: unknown) => Damage;
  readonly storeError: (error: unknown) => StoreError;
  /** Called once, when the handle is abandoned. */
  readonly onFailure: (error: StoreError) => void;
  /** Runs `callback` when the operations of this turn of the event loop have been collected. */
  readonly schedule: (callback: () => void) => void;
  /** Runs `callback` when patient operations have waited long enough. Without it nothing waits for company. */
  readonly linger?: ((callback: () => void) => { cancel(): void }) | undefined;
  readonly measures?: CommitMeasures;
  readonly maxWaitingOperations?: number;
  readonly maxWaitingBytes?: number;
}

/** One transaction's size: large enough to spread the fsync, small enough to answer within some milliseconds. */
const MAX_BATCH_OPERATIONS = 256;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** With this many operations a commit is not delayed for more. */
const MAX_LINGERING = 32;
/**
 * When this many impatient operations shared a commit, they arrive faster than commits are made, and the next ones wait a
 * little.
 */
const CROWD = 3;
const DEFAULT_WAITING_OPERATIONS = 20_000;
const DEFAULT_WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: StoreError };

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #maxOperations: number;
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  /** The last commit was large: another like it would cost more time than waiting for company saves. */
  #crowded = false;
  #lingering: { cancel(): void } | undefined;
  #refusal: StoreError | undefined;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#maxOperations = options.maxWaitingOperations ?? DEFAULT_WAITING_OPERATIONS;
    this.#maxBytes = options.maxWaitingBytes ?? DEFAULT_WAITING_BYTES;
  }

  /** Operations that are waiting for a commit. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when `operation` is durable. StoreError `busy` at once when too much waits; for others see above. */
  submit<T>(operation: Operation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#refusal ?? this.#overload(operation);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#waitingBytes += operation.sizeBytes;
      this.#waiting.push({ operation, resolve: resolve as (value: unknown) => void, reject });
      const mayLinger = operation.patient === true || this.#crowded;
      if (mayLinger && this.#waiting.length < MAX_LINGERING) this.#linger();
      else this.#schedule();
    });
  }

  /** Refuses new operations with `closed`, finishes the waiting ones. Idempotent. */
  close(): Promise<void> {
    this.#refusal ??= new StoreError('closed', 'the store is shutting down');
    if (this.#waiting.length === 0) return Promise.resolve();
    this.#schedule();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Abandons the handle: everything that waits, and everything later, rejects `failed`. */
  fail(error: StoreError): void {
    const first = this.#refusal?.code !== 'failed';
    this.#refusal = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    this.#waitingBytes = 0;
    this.#announceIdle();
    if (first) this.#options.onFailure(error);
  }

  #overload(operation: Operation<unknown>): StoreError | undefined {
    // The outcomes of accepted mail are bounded by the claims: they are never refused for load.
    if (!operation.grows) return undefined;
    if (this.#waiting.length < this.#maxOperations && this.#waitingBytes < this.#maxBytes) return undefined;
    return new StoreError('busy', 'the store is behind with writing: too many operations wait');
  }

  #linger(): void {
    const { linger } = this.#options;
    if (linger === undefined) this.#schedule();
    else if (!this.#scheduled) this.#lingering ??= linger(() => this.#schedule());
  }

  #schedule(): void {
    this.#lingering?.cancel();
    this.#lingering = undefined;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(() => {
      this.#scheduled = false;
      this.#commitNext();
    });
  }

  #commitNext(): void {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    this.#crowded = batch.filter(({ operation }) => operation.patient !== true).length >= CROWD;
    this.#commit(batch, true);
    if (this.#waiting.length > 0) this.#schedule();
    else this.#announceIdle();
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { operation } of this.#waiting) {
      if (count === MAX_BATCH_OPERATIONS || (count > 0 && bytes + operation.sizeBytes > MAX_BATCH_BYTES))
        break;
      count++;
      bytes += operation.sizeBytes;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #commit(batch: readonly Waiting[], mayRetry: boolean): void {
    const { transaction, measures } = this.#options;
    const measured = measures?.begin(batch.length);
    let outcomes: readonly Outcome[];
    try {
      transaction.begin();
      outcomes = this.#runTogether(batch) ?? this.#runApart(batch);
      transaction.commit();
    } catch (error) {
      transaction.rollback();
      measured?.(false);
      this.#batchFailed(batch, error, mayRetry);
      return;
    }
    measured?.(true);
    transaction.committed();
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok === true) waiting.resolve(outcome.value);
      else if (outcome !== undefined) waiting.reject(outcome.error);
    });
  }

  /** `undefined` when an operation failed: all are undone then. */
  #runTogether(batch: readonly Waiting[]): readonly Outcome[] | undefined {
    try {
      return batch.map(({ operation }) => ({ ok: true, value: operation.run() }));
    } catch (error) {
      if (this.#options.damageOf(error) !== 'operation') throw error;
      return undefined;
    }
  }

  /** From the start again, each undone alone when it fails. */
  #runApart(batch: readonly Waiting[]): readonly Outcome[] {
    const { transaction } = this.#options;
    transaction.rollback();
    transaction.begin();
    return batch.map(({ operation }) => this.#runOne(operation));
  }

  #runOne(operation: Operation<unknown>): Outcome {
    const { transaction, damageOf, storeError } = this.#options;
    transaction.savepoint();
    try {
      const value = operation.run();
      transaction.release();
      return { ok: true, value };
    } catch (error) {
      if (damageOf(error) !== 'operation') throw error;
      transaction.rollbackToSavepoint();
      return { ok: false, error: storeError(error) };
    }
  }

  #batchFailed(batch: readonly Waiting[], cause: unknown, mayRetry: boolean): void {
    const damage = this.#options.damageOf(cause);
    const error = this.#options.storeError(cause);
    if (damage === 'busy') {
      for (const { reject } of batch) reject(error);
    } else if (damage === 'full') {
      const others = mayRetry ? batch.filter(({ operation }) => !operation.grows) : [];
      for (const waiting of batch) if (!others.includes(waiting)) waiting.reject(error);
      if (others.length > 0) this.#commit(others, false);
    } else {
      // The error belongs to no operation, and is neither a lock nor lack of space: the file, or our own code, is broken.
      const failed = error.code === 'failed' ? error : new StoreError('failed', error.message, { cause });
      for (const { reject } of batch) reject(failed);
      this.fail(failed);
    }
  }

  #announceIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
