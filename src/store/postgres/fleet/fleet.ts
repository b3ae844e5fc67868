/**
 * This node among the others. It renews the lease of its life on a connection of its own, ends lives that are not renewed,
 * frees their claims, and takes duties. The result is on a board (standing-board.ts) that every thread reads. While the
 * database is unavailable, the lease expires and nothing else happens.
 *
 * A node whose own life was ended begins a new one; its earlier claims are lost. A node whose release is too old for the
 * schema of a newer one stops.
 */
import { processTimeMs, TimeoutError, withTimeout, type Clock, type Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { Random } from '../../../platform/random.ts';
import { StoreError } from '../../errors.ts';
import { nameOfUrl } from '../../place.ts';
import { BoardWriter } from '../../standing-board.ts';
import type { HotPath } from '../engine/context.ts';
import { Database } from '../engine/database.ts';
import { beginLife, LEASE_MS, type Life } from '../engine/life.ts';
import { schemaFaultOf } from '../migrations/migrate.ts';
import type { PostgresOptions } from '../options.ts';
import { addDuties, leaveDuties, othersWork, takeDuties } from './duties.ts';
import { endLease, forgetOldLives, leaseOfName, otherLeases, refuseSecond, renew } from './lives.ts';
import { OtherLives } from './other-lives.ts';
import { freeEnded, freeOrphaned } from './take-over.ts';

export interface FleetTimes {
  readonly leaseMs: number;
  readonly renewMs: number;
  /** Subtracted from the lease, for data in transit when it ends. */
  readonly marginMs: number;
}

export const FLEET_TIMES: FleetTimes = { leaseMs: LEASE_MS, renewMs: 5_000, marginMs: 5_000 };

/** After a failed renewal: soon again, and not all nodes at once. */
const FIRST_RETRY_MS = 250;
/** A renewal takes milliseconds; a connection without an answer by then is dropped. */
const PATIENCE = 0.4;
const JITTER = 0.2;

/** Another process lives under this node's name, or this release is too old. */
const STOPS: ReadonlySet<string> = new Set(['locked', 'incompatible']);

export interface FleetOptions extends Pick<
  PostgresOptions,
  | 'url'
  | 'preparedStatements'
  | 'stream'
  | 'nodeName'
  | 'version'
  | 'clock'
  | 'random'
  | 'log'
  | 'onFailure'
  | 'processTime'
> {
  readonly board: SharedArrayBuffer;
  /** Where the engine reads the present life. */
  readonly context: { life: Life; readonly hot?: HotPath };
  readonly times?: FleetTimes;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #times: FleetTimes;
  readonly #clock: Clock;
  readonly #processTime: () => number;
  readonly #random: Random;
  readonly #log: Log;
  readonly #board: BoardWriter;
  readonly #others: OtherLives;
  #database: Database;
  #timer: Timer | undefined;
  #beating: Promise<void> = Promise.resolve();
  #freeing: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#times = options.times ?? FLEET_TIMES;
    this.#clock = options.clock;
    this.#processTime = options.processTime ?? processTimeMs;
    this.#random = options.random;
    this.#log = options.log;
    this.#board = new BoardWriter(options.board);
    this.#others = new OtherLives(this.#times.leaseMs);
    this.#database = this.#connect();
  }

  /** The life of `context` has begun. Resolves after the first renewal; StoreError. */
  async start(): Promise<void> {
    this.#board.begins(this.#life);
    await this.#database.transaction(addDuties);
    await this.#database.transaction(forgetOldLives);
    await this.#beat();
    await this.#freeing;
    await freeOrphaned(this.#database, this.#clock.now());
    this.#schedule(this.#times.renewMs);
  }

  /** Leaves its duties to others. Ending the life is left to its owner. */
  async stop(): Promise<void> {
    this.abandon();
    await this.#beating;
    await this.#freeing;
    try {
      await this.#within(this.#leaveDuties());
    } catch (error) {
      this.#log.warn('duties not handed over', { reason: String(error) });
    }
    this.#drop();
  }

  /** Stops renewing. */
  abandon(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #life(): number {
    return this.#options.context.life.lifeKey;
  }

  #connect(): Database {
    const { nodeName } = this.#options;
    const applicationName = `postern ${nodeName} lease`;
    return new Database({ ...this.#options, maxConnections: 2, applicationName });
  }

  /** Nothing waits for the end of connections that do not answer. */
  #drop(): void {
    this.#database.close().catch(() => undefined);
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    const jitterMs = delayMs * JITTER * (this.#random.float() - 0.5);
    this.#timer = this.#clock.after(delayMs + jitterMs, () => {
      this.#beating = this.#round();
    });
  }

  async #round(): Promise<void> {
    const { renewMs } = this.#times;
    try {
      await this.#beat();
      if (this.#failures > 0) this.#log.info('the lease of this node is renewed again');
      this.#failures = 0;
      this.#schedule(this.#nextMs());
    } catch (error) {
      if (error instanceof StoreError && STOPS.has(error.code)) {
        this.#options.onFailure?.(error);
        return;
      }
      if (this.#failures === 0)
        this.#log.warn('the lease of this node is not renewed', { reason: String(error) });
      this.#drop();
      this.#database = this.#connect();
      this.#schedule(Math.min(renewMs, FIRST_RETRY_MS * 2 ** Math.min(this.#failures++, 10)));
    }
  }

  /** The time when another's lease ends, if that is sooner: a dead node's mail does not wait for the next renewal. */
  #nextMs(): number {
    const overInMs = this.#others.nextOverInMs(this.#clock.monotonic());
    return Math.min(this.#times.renewMs, Math.max(FIRST_RETRY_MS, overInMs));
  }

  async #beat(): Promise<void> {
    const askedMs = this.#processTime();
    const renewed = await this.#within(
      this.#database.transaction((session) => renew(session, this.#life, this.#times.leaseMs)),
    );
    if (renewed === undefined) {
      await this.#beginAnew();
      await this.#beat();
      return;
    }
    const { url } = this.#options;
    const fault = schemaFaultOf(renewed.needsSchema, nameOfUrl(url));
    if (fault !== undefined) throw new StoreError('incompatible', fault);
    this.#board.renewed(askedMs + this.#times.leaseMs - this.#times.marginMs);
    this.#board.draining(renewed.draining);
    await this.#within(this.#lookAtOthers());
    await this.#within(renewed.draining ? this.#drain() : this.#takeDuties());
    this.#freeing ??= this.#free().finally(() => {
      this.#freeing = undefined;
    });
  }

  async #takeDuties(): Promise<void> {
    this.#board.duties(await this.#database.transaction((session) => takeDuties(session, this.#life)));
  }

  /** Where there is nobody else it goes on. */
  async #drain(): Promise<void> {
    if (await this.#database.read((session) => othersWork(session, this.#life))) await this.#leaveDuties();
    else await this.#takeDuties();
  }

  /** Here first: others may have them before the answer comes. */
  async #leaveDuties(): Promise<void> {
    this.#board.duties(new Map());
    await this.#database.transaction((session) => leaveDuties(session, this.#life));
  }

  async #lookAtOthers(): Promise<void> {
    const askedMs = this.#clock.monotonic();
    const leases = await this.#database.read((session) => otherLeases(session, this.#life));
    const over = this.#others.observe(leases, { askedMs, answeredMs: this.#clock.monotonic() });
    for (const lease of over) {
      const ended = await this.#database.transaction((session) => endLease(session, lease));
      if (ended) this.#log.warn('the life of a node is over: others take over', { life: lease.life });
    }
    this.#board.nodes(1 + leases.length - over.length);
  }

  /** Separate from the renewals, because it may take long. */
  async #free(): Promise<void> {
    try {
      const freed = await freeEnded(this.#database, this.#clock.now());
      if (freed === 0) return;
      this.#log.info('freed what ended lives had in hand', { deliveries: freed });
      this.#options.context.hot?.look();
    } catch (error) {
      this.#log.warn('what ended lives had in hand is not freed yet', { reason: String(error) });
    }
  }

  /** Others ended this life. */
  async #beginAnew(): Promise<void> {
    const { context, nodeName, version } = this.#options;
    const before = context.life;
    const life = await this.#within(
      this.#database.transaction(async (session) => {
        refuseSecond(nodeName, await leaseOfName(session, nodeName), before);
        return await beginLife(session, nodeName, version);
      }),
    );
    context.life = life;
    await context.hot?.adopt(life);
    this.#board.begins(life.lifeKey);
    this.#log.warn('others ended the life of this node, it begins a new one', { life: life.lifeKey });
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    try {
      return await withTimeout(this.#clock, this.#times.leaseMs * PATIENCE, 'the renewal of the lease', work);
    } catch (error) {
      if (error instanceof TimeoutError) throw new StoreError('busy', error.message, { cause: error });
      throw error;
    }
  }
}
