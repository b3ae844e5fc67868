/**
 * Group commit: operations that arrive during a commit are collected and written in ONE transaction; batches follow one
 * another. A promise resolves only when the commit is durable.
 *
 * Failures: an operation itself (the batch is repeated one by one, so that it alone rejects); a conflict with another
 * transaction (repeated, with jitter); an unavailable database. In that last case operations that accept mail are refused
 * with `busy`, and operations that record outcomes wait and are retried until the database is back. When the answer to a
 * COMMIT was lost, it is not known whether the commit succeeded: such operations are marked when they run again, and check by
 * their own keys.
 */
import { delay, type Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { Random } from '../../../platform/random.ts';
import { StoreError } from '../../errors.ts';
import type { CommitMeasures } from '../../flow/commit-measures.ts';
import { isRetryable, storeError } from './postgres-error.ts';
import { jittered } from './database.ts';

/** An operation that waits for a commit. `Work`: the engine's type of work. */
export interface Operation {
  /** True for operations that accept mail: refused while the database is unavailable. */
  readonly grows: boolean;
  /** Octets of content that it holds in memory while it waits. */
  readonly sizeBytes: number;
  /** It needs a transaction of its own. */
  readonly alone?: boolean;
  /** It was in a commit whose answer was lost. */
  mayBeDone?: boolean;
}

export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: StoreError };

/** The COMMIT was sent, and its result is unknown. */
export class CommitLost extends Error {}

export interface GroupCommitOptions<O extends Operation> {
  /** One transaction. Rejects when nothing of it was committed, with {@link CommitLost} when that is unknown. */
  readonly commit: (batch: readonly O[]) => Promise<readonly Outcome[]>;
  readonly learnsFrom: (error: unknown) => boolean;
  /** A commit with an unknown result has ended, one way or the other. */
  readonly onLost: () => void;
  /** True: an operation that records an outcome waits for an unavailable database. False: none does any more. */
  readonly onWaits: (waits: boolean) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly measures: CommitMeasures;
}

const MAX_BATCH_OPERATIONS = 256;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const MAX_WAITING_OPERATIONS = 20_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Repeats of a batch after conflicts. */
const RETRIES = 12;
/** How long an acceptance with an unknown result waits for it. */
const UNKNOWN_MS = 20_000;
/** How long closing waits for an unavailable database. */
const CLOSE_MS = 10_000;
const AWAY_FIRST_MS = 50;
const AWAY_MAX_MS = 2_000;

interface Waiting<O> {
  readonly operation: O;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export class GroupCommit<O extends Operation> {
  readonly #options: GroupCommitOptions<O>;
  #waiting: Waiting<O>[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #away: StoreError | undefined;
  #waits = false;
  #probeAtMs = 0;
  #closedAtMs: number | undefined;
  #abandoned = false;

  constructor(options: GroupCommitOptions<O>) {
    this.#options = options;
  }

  /** Operations that are waiting for a commit. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when `operation` is durable. */
  submit<T>(operation: O): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refusal = this.#refusalOf(operation);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#waitingBytes += operation.sizeBytes;
      this.#waiting.push({ operation, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#run();
    });
  }

  /** Refuses new operations with `closed`, finishes the waiting ones. */
  async close(): Promise<void> {
    this.#closedAtMs ??= this.#options.clock.monotonic();
    await this.#running;
  }

  /** Waiting operations are neither written nor answered. */
  abandon(): void {
    this.#abandoned = true;
    this.#waiting = [];
  }

  #refusalOf({ grows }: O): StoreError | undefined {
    if (this.#closedAtMs !== undefined) return new StoreError('closed', 'the store is shutting down');
    if (!grows) return undefined;
    if (this.#away !== undefined && !this.#mayProbe()) return this.#away;
    if (this.#waiting.length < MAX_WAITING_OPERATIONS && this.#waitingBytes < MAX_WAITING_BYTES)
      return undefined;
    return new StoreError('busy', 'the store is behind with writing: too many operations wait');
  }

  /** Whether somebody has to test if the database is back: nobody tries, and the last try failed a while ago. */
  #mayProbe(): boolean {
    return this.#running === undefined && this.#options.clock.monotonic() >= this.#probeAtMs;
  }

  async #run(): Promise<void> {
    // Operations of this turn of the event loop share the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#commit(this.#takeBatch());
    this.#running = undefined;
    this.#tell(false);
  }

  #takeBatch(): readonly Waiting<O>[] {
    let count = 0;
    let bytes = 0;
    for (const { operation } of this.#waiting) {
      const full = count === MAX_BATCH_OPERATIONS || bytes + operation.sizeBytes > MAX_BATCH_BYTES;
      if (count > 0 && (full || operation.alone === true)) break;
      count++;
      bytes += operation.sizeBytes;
      if (operation.alone === true) break;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  /** Resolves when every operation of `batch` is answered. */
  async #commit(batch: readonly Waiting<O>[]): Promise<void> {
    let left = batch;
    const unknownUntilMs = this.#options.clock.monotonic() + UNKNOWN_MS;
    let lost = batch.some(({ operation }) => operation.mayBeDone === true);
    for (let tries = 0; left.length > 0; tries++) {
      const error = await this.#attempt(left);
      if (error === undefined && lost) this.#options.onLost();
      if (error === undefined || this.#abandoned) return;
      lost ||= error instanceof CommitLost;
      if (this.#options.learnsFrom(error)) continue;
      const failure = storeError(error instanceof CommitLost ? error.cause : error);
      if (isRetryable(error) && tries < RETRIES) {
        await this.#pause(jittered(tries, this.#options.random));
      } else if (isOfOperation(failure)) {
        await this.#apart(left, failure, tries);
        return;
      } else {
        left = await this.#waitForDatabase(left, failure, { tries, unknownUntilMs });
      }
    }
  }

  /** `undefined`: it was committed, and all are answered. */
  async #attempt(batch: readonly Waiting<O>[]): Promise<unknown> {
    const measured = this.#options.measures.begin(batch.length);
    try {
      const outcomes = await this.#options.commit(batch.map(({ operation }) => operation));
      measured(true);
      this.#away = undefined;
      this.#tell(false);
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok === true) resolve(outcome.value);
        else if (outcome !== undefined) reject(outcome.error);
      });
      return undefined;
    } catch (error) {
      measured(false);
      if (error instanceof CommitLost) for (const { operation } of batch) operation.mayBeDone = true;
      return error;
    }
  }

  /** One by one, so that only a failing operation is rejected. */
  async #apart(batch: readonly Waiting<O>[], failure: StoreError, tries: number): Promise<void> {
    const [only] = batch;
    // Once more by itself: a destination's row that it uses may have been removed while the transaction was built.
    if (batch.length === 1 && only !== undefined && tries > 0) {
      if (failure.code === 'failed')
        this.#options.log.error('store operation failed', { reason: failure.message });
      only.reject(failure);
      return;
    }
    for (const one of batch) await this.#alone(one);
  }

  async #alone(one: Waiting<O>): Promise<void> {
    const error = await this.#attempt([one]);
    if (error === undefined) return;
    const failure = storeError(error instanceof CommitLost ? error.cause : error);
    if (isOfOperation(failure) && !isRetryable(error)) await this.#apart([one], failure, 1);
    else await this.#commit([one]);
  }

  /** The operations to be retried. */
  async #waitForDatabase(
    batch: readonly Waiting<O>[],
    failure: StoreError,
    { tries, unknownUntilMs }: { readonly tries: number; readonly unknownUntilMs: number },
  ): Promise<readonly Waiting<O>[]> {
    const { clock, random, log } = this.#options;
    // A lost connection does not mean that the database is unavailable: retry once at once, on a new one.
    if (tries === 0) return batch;
    if (this.#away === undefined) log.warn('database away', { reason: failure.message });
    this.#away = failure;
    this.#probeAtMs = clock.monotonic() + AWAY_FIRST_MS * 2;
    const givesUp = this.#closedAtMs !== undefined && clock.monotonic() > this.#closedAtMs + CLOSE_MS;
    const stays = ({ operation }: Waiting<O>) => {
      if (givesUp) return false;
      if (!operation.grows) return true;
      return operation.mayBeDone === true && clock.monotonic() < unknownUntilMs;
    };
    const kept = batch.filter(stays);
    for (const waiting of batch) if (!kept.includes(waiting)) waiting.reject(failure);
    this.#refuseGrowing(failure);
    this.#tell(kept.length > 0);
    const longestMs = Math.min(AWAY_MAX_MS, AWAY_FIRST_MS * 2 ** Math.min(tries, 10));
    await this.#pause(longestMs * (0.5 + random.float() / 2));
    return kept;
  }

  /** Acceptances behind it are refused at once. */
  #refuseGrowing(failure: StoreError): void {
    const growing = this.#waiting.filter(({ operation }) => operation.grows);
    if (growing.length === 0) return;
    this.#waiting = this.#waiting.filter(({ operation }) => !operation.grows);
    for (const { operation, reject } of growing) {
      this.#waitingBytes -= operation.sizeBytes;
      reject(failure);
    }
  }

  #tell(waits: boolean): void {
    if (waits === this.#waits) return;
    this.#waits = waits;
    this.#options.onWaits(waits);
  }

  #pause(ms: number): Promise<void> {
    return delay(this.#options.clock, ms);
  }
}

/** The error is about the operation, not about the database. */
function isOfOperation({ code }: StoreError): boolean {
  return code === 'conflict' || code === 'not-found' || code === 'failed';
}
