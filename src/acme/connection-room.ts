/**
 * Room for connections of a listener that strangers reach and nobody holds for long: one too many takes the place of the oldest of
 * whichever client network has most. So no one client, however many it opens, turns away another.
 */
import type { Socket } from 'node:net';
import { clientNetwork } from '../platform/network/client-network.ts';

export class ConnectionRoom {
  readonly #most: number;
  /** Of each network its connections, oldest first; the network that came first stands first. */
  readonly #held = new Map<string, Set<Socket>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  admit(socket: Socket): void {
    const network = clientNetwork(socket.remoteAddress ?? '');
    if (this.#count >= this.#most) this.#endOne();
    const sockets = this.#held.get(network) ?? new Set();
    this.#held.set(network, sockets.add(socket));
    this.#count++;
    socket.once('close', () => this.#remove(network, socket));
  }

  #endOne(): void {
    let largest: readonly [string, Set<Socket>] | undefined;
    for (const held of this.#held)
      if (largest === undefined || held[1].size > largest[1].size) largest = held;
    if (largest === undefined) return;
    const [network, [oldest]] = largest;
    if (oldest === undefined) return;
    this.#remove(network, oldest);
    oldest.destroy();
  }

  #remove(network: string, socket: Socket): void {
    const sockets = this.#held.get(network);
    if (sockets?.delete(socket) !== true) return;
    this.#count--;
    if (sockets.size === 0) this.#held.delete(network);
  }
}
