/** A connection of a simulated machine to the database, as `pg` uses a socket. */
import { AsyncResource } from 'node:async_hooks';
import { Duplex } from 'node:stream';
import type { Life } from '../life.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { DatabaseLink } from './database-link.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** The wire that it is a connection on. */
export interface SocketWire {
  /** It refuses connections. */
  readonly isCut: boolean;
  opened(socket: SimulatedSocket): void;
  closed(socket: SimulatedSocket): void;
  /** Calls `arrive` when it has crossed. */
  cross(way: 'there' | 'back', arrive: () => void): void;
  crossingMs(): number;
  /** The server has answered within a transaction. */
  transactionIsOpen(): void;
}

export interface SimulatedSocketOptions {
  readonly time: Pick<SimulatedTime, 'elapsedMs' | 'after'>;
  readonly database: SimulatedDatabase;
  /** The server takes no connections. */
  readonly isDown: () => boolean;
  readonly life: Life;
  readonly wire: SocketWire;
}

export class SimulatedSocket extends Duplex {
  readonly #options: SimulatedSocketOptions;
  /** As the code of the node. */
  readonly #asNode = new AsyncResource('SimulatedSocket');
  #link: DatabaseLink | undefined;
  #outbox: Buffer[] = [];
  #crossing = false;
  /** World time: nothing arrives before what was sent before it. */
  #answersAtMs = 0;
  #isReset = false;

  constructor(options: SimulatedSocketOptions) {
    super({ allowHalfOpen: false });
    this.#options = options;
    options.wire.opened(this);
  }

  connect(): this {
    const { time, wire, isDown } = this.#options;
    time.after(wire.crossingMs(), () => {
      wire.cross('there', () => {
        if (this.destroyed) return;
        if (wire.isCut || isDown()) {
          this.#hear(() => this.destroy(failure('ECONNREFUSED')));
          return;
        }
        this.#link = this.#options.database.open((octets) => this.#answered(octets));
        this.#hear(() => this.emit('connect'));
      });
    });
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Both ends learn at once that it is no more. */
  reset(): void {
    this.#closeLink(0);
    this.#hear(() => this.destroy(failure('ECONNRESET')));
  }

  /** The process at this end is no more. */
  leave(): void {
    this.#options.wire.closed(this);
    this.#closeBehind();
  }

  /** This end is no more, and the other does not know. */
  vanish(serverLooksInMs: number): void {
    this.#closeLink(serverLooksInMs);
    this.#isReset = true;
    this.#options.wire.closed(this);
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send([chunk]);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(chunks.map(({ chunk }) => chunk));
    done();
  }

  override _final(done: () => void): void {
    this.#closeBehind();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#options.wire.closed(this);
    this.#closeBehind();
    done(error);
  }

  #send(octets: Buffer[]): void {
    const { time, wire } = this.#options;
    this.#outbox.push(...octets);
    if (this.#crossing) return;
    this.#crossing = true;
    time.after(wire.crossingMs(), () => {
      wire.cross('there', () => {
        this.#crossing = false;
        const sent = Buffer.concat(this.#outbox.splice(0));
        if (this.#link !== undefined) this.#options.database.send(this.#link, sent);
      });
    });
  }

  /** The server's end closes when that has arrived, behind what was sent before. */
  #closeBehind(): void {
    if (this.#isReset) return;
    const { time, wire } = this.#options;
    this.#isReset = true;
    const close = () => {
      if (this.#crossing) time.after(1, close);
      else this.#closeLink(0);
    };
    time.after(wire.crossingMs(), () => wire.cross('there', close));
  }

  #closeLink(afterMs: number): void {
    const { time, database } = this.#options;
    const link = this.#link;
    this.#isReset = true;
    if (link === undefined) return;
    if (afterMs === 0) database.close(link);
    else time.after(afterMs, () => database.close(link));
  }

  /** Empty: the server has closed. */
  #answered(octets: Buffer): void {
    const { time, wire } = this.#options;
    if (this.#link?.inTransaction === true) wire.transactionIsOpen();
    this.#answersAtMs = Math.max(this.#answersAtMs, time.elapsedMs + wire.crossingMs());
    time.after(this.#answersAtMs - time.elapsedMs, () => {
      wire.cross('back', () => {
        this.#hear(() => {
          this.push(octets.length === 0 ? null : octets);
        });
      });
    });
  }

  /** In the node's process, if that lives and is awake. */
  #hear(run: () => void): void {
    const { life } = this.#options;
    life.whenAwake(() => {
      if (life.alive && !this.destroyed) this.#asNode.runInAsyncScope(run);
    });
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`simulated: ${code}`), { code });
}
