/**
 * The connections of one engine, and the one place where a transaction is begun, bounded in time, ended and repeated.
 * Conflicts of two transactions (40001, 40P01), or with a table changed by a newer release, are retried and never reach the
 * caller. With a server that does not accept named statements, unnamed ones are used.
 *
 * Each transaction sets its own time limit, because poolers discard settings made when a connection opens.
 */
import pg from 'pg';
import { delay, type Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import type { ReaderOptions } from '../options.ts';
import { isLost, isRetryable, isStale, isStandby, refusesNames, storeError } from './postgres-error.ts';
import { Session, type Naming } from './session.ts';

const CONNECT_MS = 5_000;
/** The server ends a statement by itself at this limit; later the connection counts as dead. */
const STATEMENT_MS = 10_000;
const ANSWER_MS = 15_000;
const IDLE_MS = 60_000;
const KEEPALIVE_MS = 10_000;
const RETRIES = 12;
const RETRY_FIRST_MS = 5;
const RETRY_MAX_MS = 400;

/**
 * The server ends a transaction that is idle for so long: its machine lost power or is cut off, and its locks would be kept
 * until keepalive detects that, hours later. Shorter than others wait for a lock.
 */
const SILENT_MS = 5_000;
const BOUNDS = `SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${SILENT_MS}`;

/**
 * Plans are made for the values at hand: one that was made while a table was empty, and kept, would read the whole table
 * until the server next looks at its statistics.
 */
const SETTINGS = `${BOUNDS}; SET LOCAL plan_cache_mode = force_custom_plan`;
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; ${SETTINGS}`;
/**
 * For the flow of mail: its statements use an index to get from a few values to a few rows, whatever the size of the tables.
 * So they are planned once for each connection, with nested loops over indexes only.
 */
export const BEGIN_HOT = `BEGIN ISOLATION LEVEL READ COMMITTED; ${BOUNDS};
  SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
  SET LOCAL enable_mergejoin = off`;
const SNAPSHOT = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${SETTINGS}`;

export interface DatabaseOptions extends Pick<ReaderOptions, 'url' | 'preparedStatements' | 'stream'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxConnections: number;
  readonly applicationName: string;
}

export class Database {
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  readonly #naming: Naming;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#naming = { named: options.preparedStatements !== false };
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.maxConnections,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
      pipeline: true,
      ...(options.stream && { stream: options.stream }),
    });
    // Errors of idle connections and of those in use: the user, or the next one, gets the error.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Statements without a transaction. */
  read<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return this.#again(() => this.connected(use));
  }

  /** One transaction, durable when it resolves. `use` is called again when the transaction is repeated. */
  transaction<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return this.#again(() => this.#transaction(BEGIN, use));
  }

  /** Statements that see one state of the database. */
  snapshot<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return this.#again(() => this.#transaction(SNAPSHOT, use));
  }

  /** A connection for as long as `use` takes; it is closed when it is unusable. Errors are passed on unchanged. */
  async connected<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let lost = false;
    try {
      return await use(new Session(client, this.#naming));
    } catch (error) {
      lost = isLost(error) || isStandby(error) || isStale(error);
      throw error;
    } finally {
      client.release(lost);
    }
  }

  /** Whether `error` is to be retried at once. Turns statement names off when they were the cause. */
  learnsFrom(error: unknown): boolean {
    if (this.#options.preparedStatements !== 'auto' || !this.#naming.named || !refusesNames(error))
      return false;
    this.#naming.named = false;
    return true;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #transaction<T>(begin: string, use: (session: Session) => Promise<T>): Promise<T> {
    return this.connected(async (session) => {
      try {
        await session.command(begin);
        session.open();
        const value = await use(session);
        await session.finish();
        const ended = await session.command('COMMIT');
        if (ended !== 'COMMIT') throw new Error(`the transaction ended with ${ended}`);
        return value;
      } catch (error) {
        if (!isLost(error)) await session.command('ROLLBACK');
        throw error;
      }
    });
  }

  async #again<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (this.learnsFrom(error)) continue;
        if (!isRetryable(error) || tries === RETRIES) throw storeError(error);
        await delay(clock, jittered(tries, random));
      }
    }
  }
}

/** A wait that grows with the tries: between half of the full value and the full value. */
export function jittered(tries: number, random: Random): number {
  const longestMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** tries);
  return longestMs * (0.5 + random.float() / 2);
}
