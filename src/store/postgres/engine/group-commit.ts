/**
 * Group commit: operations gather while a commit is under way and are written in ONE transaction; batches follow one
 * another. A promise resolves only when the commit is durable.
 *
 * What can go wrong: an operation of its own (the batch is done again one by one, so that it alone rejects); two
 * transactions in each other's way (again, with jitter); the database being away. Then what brings mail in is refused with
 * `busy`, what has an outcome to write waits and is tried until the database is back. When the answer to a COMMIT was lost
 * nobody knows whether it holds: such operations are told so when they are run again, and find out by their own keys.
 */
import { delay, type Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { Random } from '../../../platform/random.ts';
import { StoreError } from '../../errors.ts';
import type { CommitMeasures } from '../../flow/commit-measures.ts';
import { isRetryable, storeError } from './postgres-error.ts';
import { jittered } from './database.ts';

/** What waits for a commit. `Work`: what the engine makes of it. */
export interface Operation {
  /** True for what brings mail in: refused while the database is away. */
  readonly grows: boolean;
  /** Octets of content that it holds in memory while it waits. */
  readonly sizeBytes: number;
  /** It shares no transaction. */
  readonly alone?: boolean;
  /** It was in a commit whose answer was lost. */
  mayBeDone?: boolean;
}

export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: StoreError };

/** The COMMIT was sent, and what became of it is not known. */
export class CommitLost extends Error {}

export interface GroupCommitOptions<O extends Operation> {
  /** One transaction. Rejects when none of it holds, with {@link CommitLost} when that is not known. */
  readonly commit: (batch: readonly O[]) => Promise<readonly Outcome[]>;
  readonly learnsFrom: (error: unknown) => boolean;
  /** A commit of which it was not known is over, one way or the other. */
  readonly onLost: () => void;
  /** True: what has an outcome to write waits for a database that takes nothing. False: nothing does any more. */
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
/** Repeats of a batch that was in another's way. */
const RETRIES = 12;
/** How long an acceptance whose commit may hold waits to learn it. */
const UNKNOWN_MS = 20_000;
/** What closing waits for a database that is away. */
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

  /** Operations that wait for a commit. */
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

  /** Refuses new operations with `closed`, finishes what waits. */
  async close(): Promise<void> {
    this.#closedAtMs ??= this.#options.clock.monotonic();
    await this.#running;
  }

  /** What waits is neither written nor answered. */
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

  /** Whether somebody has to find out if the database is back: nobody tries, and the last one failed a while ago. */
  #mayProbe(): boolean {
    return this.#running === undefined && this.#options.clock.monotonic() >= this.#probeAtMs;
  }

  async #run(): Promise<void> {
    // What comes at this turn of the event loop shares the first commit.
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

  /** Until each of `batch` is answered. */
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

  /** `undefined`: it holds, and all are answered. */
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

  /** One by one, so that what fails by itself fails alone. */
  async #apart(batch: readonly Waiting<O>[], failure: StoreError, tries: number): Promise<void> {
    const [only] = batch;
    // Once more by itself: what it rests on, a destination's row, may have gone while it was put together.
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

  /** What is to be tried again. */
  async #waitForDatabase(
    batch: readonly Waiting<O>[],
    failure: StoreError,
    { tries, unknownUntilMs }: { readonly tries: number; readonly unknownUntilMs: number },
  ): Promise<readonly Waiting<O>[]> {
    const { clock, random, log } = this.#options;
    // A connection that was lost is no database that is away yet: once more at once, with a new one.
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

  /** Acceptances behind it are told at once. */
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

/** It says something about what was asked, not about the database. */
function isOfOperation({ code }: StoreError): boolean {
  return code === 'conflict' || code === 'not-found' || code === 'failed';
}
