/**
 * Fair scheduling of the main thread. A flow (an account, or a client's address while no account is known) has one or
 * more connections. In one turn of the event loop a flow may use a bounded time at once, and queued work of
 * all flows, round robin, gets another bounded time. Between turns the loop polls its sockets, so a flow that has not
 * used its share is served on arrival, however much of others' work waits. More turns cost some throughput (the store
 * gets smaller batches), so the bounds apply only while there are two accounts, or clients of two networks, and for a
 * second after. The thread is never idle while work waits.
 *
 * Time counts from when a connection begins until all ticks and promises that it started are done: most of the work on a
 * message happens there. While nothing waits, turns are not told apart; the time of several turns then adds up and
 * costs a flow one pass through the queue, which is empty. Scheduling only: no sockets, no parsing.
 */
import type { Clock } from '../../platform/clock.ts';
import type { EventLoop } from '../../platform/event-loop.ts';
import { Presence } from './presence.ts';

/** One connection's turns on the thread. It waits at most once at a time. */
export interface ConnectionTurns {
  /** True: proceed now. False: queued, `serve` will be called. */
  begin(): boolean;
  /** A piece of work is done: `serve` will be called for the next, behind the flow's other connections. */
  yield(): void;
  /** Counts work for this connection that cannot wait. */
  count(): void;
  /** Leaves the queue. Idempotent; the last call. */
  close(): void;
  waits(): boolean;
}

export interface FairTurnsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly loop: EventLoop;
  /** Default {@link SHARE_MS}. */
  readonly shareMs?: number;
}

/** Time for several pieces of messages of 0.1 to 0.3 ms; a single message takes about six turns. */
export const SHARE_MS = 1;

interface ConnectionState {
  readonly network: string;
  readonly accountOf: () => string | undefined;
  readonly serve: () => void;
  flow: Flow | undefined;
}

interface Flow {
  readonly key: string;
  readonly account: string | undefined;
  readonly waiting: Set<ConnectionState>;
  connections: number;
  /** `usedMs` applies to this turn. */
  turn: number;
  usedMs: number;
}

export class FairTurns {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #loop: EventLoop;
  readonly #shareMs: number;
  readonly #flows = new Map<string, Flow>();
  readonly #presence = new Presence();
  /** Flows with waiting connections, the next one first. */
  readonly #ring = new Set<Flow>();
  #turn = 0;
  #turnDue = false;
  #serving = false;
  #servesUntilMs = 0;
  /** The flow that is charged since `#sinceMs`. */
  #worker: Flow | undefined;
  #sinceMs = 0;
  #settling = false;

  constructor({ clock, loop, shareMs = SHARE_MS }: FairTurnsOptions) {
    this.#clock = clock;
    this.#loop = loop;
    this.#shareMs = shareMs;
  }

  /** `accountOf` is called whenever the connection begins, because the account becomes known during the connection. */
  open(network: string, accountOf: () => string | undefined, serve: () => void): ConnectionTurns {
    const connection: ConnectionState = { network, accountOf, serve, flow: undefined };
    return {
      begin: () => this.#begin(connection),
      yield: () => this.#wait(connection, this.#flowOf(connection)),
      count: () => this.#count(connection),
      close: () => this.#leave(connection),
      waits: () => connection.flow?.waiting.has(connection) === true,
    };
  }

  /** Number of flows with open connections. */
  get flowCount(): number {
    return this.#flows.size;
  }

  #begin(connection: ConnectionState): boolean {
    const flow = this.#flowOf(connection);
    if (flow.waiting.size === 0) {
      if (!this.#isShared()) return true;
      if (this.#worker !== undefined) this.#settleUp();
      if (this.#usedMs(flow) < this.#shareMs) {
        this.#work(flow);
        return true;
      }
    }
    this.#wait(connection, flow);
    return false;
  }

  #count(connection: ConnectionState): void {
    const flow = this.#flowOf(connection);
    if (this.#isShared()) this.#work(flow);
  }

  #wait(connection: ConnectionState, flow: Flow): void {
    flow.waiting.add(connection);
    this.#ring.add(flow);
    if (!this.#serving) this.#turnLater();
  }

  #turnLater(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    this.#loop.nextTurn(() => {
      this.#turnDue = false;
      this.#turn++;
      this.#serving = true;
      const nowMs = this.#settleUp();
      this.#servesUntilMs = nowMs + this.#shareMs;
      this.#serveNext(nowMs);
    });
  }

  /** Serves connections one by one, each until everything that it started is done. */
  #serveNext(nowMs: number): void {
    const flow = first(this.#ring);
    const connection = flow && first(flow.waiting);
    if (
      flow === undefined ||
      connection === undefined ||
      (nowMs >= this.#servesUntilMs && this.#isShared())
    ) {
      this.#serving = false;
      this.#worker = undefined;
      if (flow !== undefined) this.#turnLater();
      return;
    }
    this.#ring.delete(flow);
    flow.waiting.delete(connection);
    if (flow.waiting.size > 0) this.#ring.add(flow);
    this.#worker = flow;
    this.#work(flow);
    connection.serve();
  }

  /** Charges `flow` until everything started meanwhile is done. */
  #work(flow: Flow): void {
    if (this.#worker === undefined) this.#sinceMs = this.#clock.monotonic();
    else if (this.#worker !== flow) this.#settleUp();
    this.#worker = flow;
    if (this.#settling) return;
    this.#settling = true;
    this.#loop.settled(() => {
      this.#settling = false;
      const nowMs = this.#settleUp();
      if (this.#serving) this.#serveNext(nowMs);
      else this.#worker = undefined;
    });
  }

  /** Charges the time since the last reading of the clock. */
  #settleUp(): number {
    const nowMs = this.#clock.monotonic();
    const flow = this.#worker;
    if (flow !== undefined) {
      flow.usedMs = this.#usedMs(flow) + nowMs - this.#sinceMs;
      flow.turn = this.#turn;
    }
    this.#sinceMs = nowMs;
    return nowMs;
  }

  #usedMs({ turn, usedMs }: Flow): number {
    return turn === this.#turn ? usedMs : 0;
  }

  #isShared(): boolean {
    return this.#presence.shared(this.#sinceMs);
  }

  #flowOf(connection: ConnectionState): Flow {
    const { network } = connection;
    const account = connection.accountOf();
    const key = account ?? network;
    if (connection.flow?.key === key) return connection.flow;
    this.#leave(connection);
    const fresh = { key, account, waiting: new Set<ConnectionState>(), connections: 0, turn: 0, usedMs: 0 };
    const flow = this.#flows.get(key) ?? fresh;
    this.#flows.set(key, flow);
    this.#presence.arrive(network, account);
    flow.connections++;
    connection.flow = flow;
    return flow;
  }

  #leave(connection: ConnectionState): void {
    const { flow, network } = connection;
    if (flow === undefined) return;
    connection.flow = undefined;
    this.#presence.depart(network, flow.account, this.#clock.monotonic());
    flow.waiting.delete(connection);
    if (flow.waiting.size === 0) this.#ring.delete(flow);
    if (--flow.connections === 0) this.#flows.delete(flow.key);
  }
}

function first<T>(all: ReadonlySet<T>): T | undefined {
  return all.values().next().value;
}
