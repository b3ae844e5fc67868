/**
 * The network between one machine and the database. Octets take their time in either direction and arrive in order; it can be
 * slow, silent (nothing crosses, nothing is closed), silent one way (what is asked is done, and nobody is told), or cut
 * (connections are reset, new ones refused). What was silent crosses when it is well again. All of its connections are the
 * machine's: they go with it.
 */
import type { Duplex } from 'node:stream';
import type { Dice } from '../dice.ts';
import type { Life } from '../life.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import { SimulatedSocket, type SocketWire } from './simulated-socket.ts';

export type WireWeather =
  | { readonly kind: 'well' }
  | { readonly kind: 'slow'; readonly crossingMs: number }
  | { readonly kind: 'silent' }
  /** Answers do not come. */
  | { readonly kind: 'deaf' }
  | { readonly kind: 'cut' };

export interface NodeWirePorts {
  readonly time: SimulatedTime;
  readonly dice: Dice;
  readonly database: SimulatedDatabase;
  /** The server takes no connections. */
  readonly isDown: () => boolean;
}

export class NodeWire implements SocketWire {
  readonly #ports: NodeWirePorts;
  #weather: WireWeather = { kind: 'well' };
  readonly #sockets = new Set<SimulatedSocket>();
  #inTransaction: (() => void) | undefined;
  /** What crosses when it is well again. */
  #held: (() => void)[] = [];

  constructor(ports: NodeWirePorts) {
    this.#ports = ports;
  }

  get weather(): WireWeather {
    return this.#weather;
  }

  set weather(weather: WireWeather) {
    this.#weather = weather;
    if (weather.kind === 'cut') this.cutAll();
    if (weather.kind !== 'silent' && weather.kind !== 'deaf')
      for (const cross of this.#held.splice(0)) this.#ports.time.after(0, cross);
  }

  get isCut(): boolean {
    return this.#weather.kind === 'cut';
  }

  /** What `pg` makes a connection of, in the process of `life`. */
  streamFor(life: Life): () => Duplex {
    return () => new SimulatedSocket({ life, wire: this, ...this.#ports });
  }

  opened(socket: SimulatedSocket): void {
    this.#sockets.add(socket);
  }

  closed(socket: SimulatedSocket): void {
    this.#sockets.delete(socket);
  }

  /** Every connection is reset, at both ends. */
  cutAll(): void {
    for (const socket of [...this.#sockets]) socket.reset();
  }

  /** The process is gone: the system closes its connections, behind what it had sent. */
  die(): void {
    for (const socket of [...this.#sockets]) socket.leave();
  }

  /** The machine is gone without a word; the server finds out when it next looks. */
  vanish(serverLooksInMs: number): void {
    for (const socket of [...this.#sockets]) socket.vanish(serverLooksInMs);
    this.#held = [];
  }

  /** Calls `act` once, as soon as one of its transactions is open: its machine has not heard so yet. */
  atNextTransaction(act: () => void): void {
    this.#inTransaction = act;
  }

  transactionIsOpen(): void {
    const act = this.#inTransaction;
    this.#inTransaction = undefined;
    act?.();
  }

  /** Calls `arrive` when it has crossed. */
  cross(way: 'there' | 'back', arrive: () => void): void {
    const { kind } = this.#weather;
    if (kind === 'silent' || (kind === 'deaf' && way === 'back')) {
      this.#held.push(() => this.cross(way, arrive));
      return;
    }
    arrive();
  }

  crossingMs(): number {
    const { dice } = this.#ports;
    const { weather } = this;
    if (weather.kind === 'slow') return dice.between(0.2, weather.crossingMs);
    return dice.chance(0.03) ? dice.between(1, 30) : dice.between(0.05, 0.5);
  }
}
