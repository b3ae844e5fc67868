/**
 * A real PostgreSQL in a world of its own time. One request is before the server at a time, and the world stands still until
 * it is answered, so that the same seed gives the same answers. The exception is a request that waits for the transaction of
 * another: then the world goes on, up to the time that the waiting one allows itself.
 *
 * The server's clock is the world's, with a skew of its own: functions of these names stand before its own ones.
 */
import type pg from 'pg';
import { VIRTUAL_START_MS } from '../../support/virtual-clock.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { asNobody } from './library-timers.ts';
import { DatabaseLink } from './database-link.ts';

/** Real time: a request that takes longer may wait for a lock. Above that, the server has looked for a deadlock. */
const LOOK_MS = 5;
const DEADLOCK_MS = 20;

export const SERVER_SETTINGS = [
  'autovacuum=off',
  'jit=off',
  'max_connections=200',
  'shared_buffers=32MB',
  `deadlock_timeout=${DEADLOCK_MS / 4}ms`,
];

/** In a database whose sessions look into this schema first. */
export const SERVER_CLOCK = `CREATE SCHEMA world; CREATE SEQUENCE world.time;
  CREATE FUNCTION world.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT to_timestamp(last_value / 1000.0) FROM world.time';
  CREATE FUNCTION world.statement_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT to_timestamp(last_value / 1000.0) FROM world.time'`;
export const SEARCH_PATH = 'world,pg_catalog,public';
const CLOCK_STEP_MS = 200;

/** What a server says before it closes the connection of a transaction of which it heard nothing. */
const SILENT = errorOctets('25P03', 'terminating connection due to idle-in-transaction timeout');

const WAITING = 'SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted';
/** Waits until the server process of the connection is gone. */
const END = 'SELECT pg_terminate_backend($1, 60000)';

export class SimulatedDatabase {
  /** Requests that the world waits for. */
  busy = 0;
  requests = 0;
  waits = 0;
  /** Commits of everybody, beside those of leases. */
  commits = 0;
  readonly #server: PostgresServer;
  readonly #time: SimulatedTime;
  readonly #monitor: pg.Client;
  readonly #links = new Map<DatabaseLink, (answer: Buffer) => void>();
  #turn: Promise<void> = Promise.resolve();
  #skewMs = 0;
  #shownMs = -Infinity;

  /** `monitor`: a connection past everything, in real time. */
  constructor(server: PostgresServer, monitor: pg.Client, time: SimulatedTime) {
    this.#server = server;
    this.#monitor = monitor;
    this.#time = time;
  }

  /** Its clock is set. */
  jump(byMs: number): void {
    this.#skewMs += byMs;
    this.#shownMs = -Infinity;
  }

  /** `onAnswer` hears all that the server says, and nothing when it has closed the connection. */
  open(onAnswer: (answer: Buffer) => void): DatabaseLink {
    const link = asNobody(() => new DatabaseLink(this.#server.socket));
    this.#links.set(link, onAnswer);
    return link;
  }

  send(link: DatabaseLink, octets: Buffer): void {
    this.#alone(async () => {
      if (link.closed) return;
      this.requests++;
      const { commits } = link;
      await link.write(octets, () => this.#showTime());
      if (!link.waits) await this.#answered(link);
      if (!link.isLease) this.commits += link.commits - commits;
    });
  }

  close(link: DatabaseLink): void {
    this.#alone(() => this.#close(link));
  }

  /** What the world itself asks, past everything: nothing happens meanwhile. */
  ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#alone(async () => {
        try {
          resolve((await this.#monitor.query<Row>(text, [...values])).rows);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Every connection but the world's own is closed, and what was open in it goes back, as when the server starts again. */
  restart(): void {
    this.#alone(async () => {
      for (const link of [...this.#links.keys()]) await this.#close(link);
    });
  }

  /** Resolves when nothing is before the server. */
  idle(): Promise<void> {
    return this.#turn;
  }

  /** One after the other; the world waits. */
  #alone(act: () => Promise<void>): void {
    this.busy++;
    asNobody(() => {
      this.#turn = this.#turn.then(async () => {
        await act();
        await this.#lookAtWaiting();
        this.busy--;
      });
    });
  }

  async #answered(link: DatabaseLink): Promise<void> {
    await link.settled(LOOK_MS);
    while (!link.quiet) {
      if (await this.#waitsForLock(link)) {
        await link.settled(DEADLOCK_MS);
        if (await this.#waitsForLock(link)) {
          this.#leaveWaiting(link);
          return;
        }
      }
      await link.settled(LOOK_MS);
    }
    this.#tell(link);
  }

  /** The world goes on; what the transaction allows itself passes in its time. */
  #leaveWaiting(link: DatabaseLink): void {
    link.waits = true;
    this.waits++;
    const { requests: seen } = link;
    const { statementMs } = link.limits;
    if (statementMs === undefined) return;
    this.#time.after(statementMs, () => {
      if (link.requests === seen) this.#alone(() => this.#cancel(link));
    });
  }

  async #cancel({ waits, pid }: DatabaseLink): Promise<void> {
    if (waits) await this.#monitor.query('SELECT pg_cancel_backend($1)', [pid]);
  }

  async #lookAtWaiting(): Promise<void> {
    for (const link of this.#links.keys()) {
      while (link.waits) {
        if (link.quiet) {
          link.waits = false;
          this.#tell(link);
        } else if (await this.#waitsForLock(link)) break;
        else await link.settled(1);
      }
    }
  }

  #tell(link: DatabaseLink): void {
    this.#links.get(link)?.(link.take());
    if (link.closed) this.#links.delete(link);
    else this.#watchIdle(link);
  }

  /** A transaction that is left open for longer than it said is ended by the server. */
  #watchIdle(link: DatabaseLink): void {
    const { idleMs } = link.limits;
    if (!link.inTransaction || idleMs === undefined) return;
    const seen = link.requests;
    this.#time.after(idleMs, () => {
      if (link.requests !== seen || !link.inTransaction || link.closed) return;
      this.#links.get(link)?.(SILENT);
      this.close(link);
    });
  }

  async #close(link: DatabaseLink): Promise<void> {
    const onAnswer = this.#links.get(link);
    if (onAnswer === undefined) return;
    this.#links.delete(link);
    link.waits = false;
    link.close();
    // One that waits for a lock does not look whether anybody is still there.
    if (link.pid > 0) await this.#monitor.query(END, [link.pid]);
    onAnswer(Buffer.alloc(0));
  }

  async #waitsForLock({ pid }: DatabaseLink): Promise<boolean> {
    return pid > 0 && (await this.#monitor.query(WAITING, [pid])).rows.length > 0;
  }

  async #showTime(): Promise<void> {
    const nowMs = Math.floor(VIRTUAL_START_MS + this.#time.elapsedMs + this.#skewMs);
    if (Math.abs(nowMs - this.#shownMs) < CLOCK_STEP_MS) return;
    this.#shownMs = nowMs;
    await this.#monitor.query(`SELECT setval('world.time', $1)`, [nowMs]);
  }
}

/** An ErrorResponse. */
function errorOctets(state: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from('E'), length, body]);
}
