/**
 * Sockets that are not sessions yet: behind a trusted proxy they wait for the header that names the client, on a port with
 * implicit TLS for the handshake. Both waits are bounded in number and in time. A handshake is counted for the client, also
 * where a proxy stands in front of it: otherwise one client could take the places of all that come that way.
 */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../platform/clock.ts';
import { LONGEST_PROXY_HEADER, readProxyHeader, type ProxiedClient } from './proxy-header.ts';
import type { Occupant, SessionRoom } from './session-room.ts';

/** The library would hold the socket of a silent client for minutes, as for a command. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** A proxy sends the header first of all; the specification wants time for one lost packet, three seconds. */
const HEADER_TIMEOUT_MS = 5_000;
/** At one listener. Proxies are trusted, so this is a bound of memory. */
const HEADERS = 2_000;

export class Arrivals {
  readonly #handshakes: SessionRoom;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #arrived = new Map<Socket, Arrival>();
  #headers = 0;

  /** `handshakes`: places of those in progress. */
  constructor(handshakes: SessionRoom, clock: Pick<Clock, 'after'>) {
    this.#handshakes = handshakes;
    this.#clock = clock;
  }

  /** The header of a proxy comes next. False: there is no room. After true, `leave` must follow. */
  awaitHeader(socket: Socket): boolean {
    if (this.#headers >= HEADERS) return false;
    this.#headers++;
    const timer = this.#clock.after(HEADER_TIMEOUT_MS, () => socket.destroy());
    this.#arrived.set(socket, {
      leave: () => {
        this.#headers--;
        timer.cancel();
      },
    });
    return true;
  }

  /** The handshake of the client at `address` comes next; `cut` ends it. Otherwise like {@link awaitHeader}. */
  awaitHandshake(socket: Socket, address: string, cut: () => void): boolean {
    this.leave(socket);
    const occupant: Occupant = { address, idle: true, giveWay: cut };
    if (!this.#handshakes.admit(occupant)) return false;
    const timer: Timer = this.#clock.after(HANDSHAKE_TIMEOUT_MS, cut);
    this.#arrived.set(socket, {
      leave: () => {
        timer.cancel();
        this.#handshakes.leave(occupant);
      },
    });
    return true;
  }

  /** Does nothing for a socket that does not wait. */
  leave(socket: Socket): void {
    const arrival = this.#arrived.get(socket);
    this.#arrived.delete(socket);
    arrival?.leave();
  }
}

interface Arrival {
  leave(): void;
}

/**
 * Reads the header from `socket`, and leaves what follows it to be read. Calls `then` once: with a problem, or the client
 * (`undefined`: the header names nobody). After a problem the socket is destroyed; `silent`: it ended before its first octet, as
 * a balancer's check of the port does.
 */
export function readHeaderFrom(
  socket: Socket,
  then: (problem: HeaderProblem | undefined, client?: ProxiedClient) => void,
): void {
  let octets: Buffer = Buffer.alloc(0);
  const done = (problem: HeaderProblem | undefined, client?: ProxiedClient) => {
    socket.off('readable', read).off('end', ended).off('close', ended).off('error', ended);
    if (problem !== undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
    }
    then(problem, client);
  };
  const ended = () => {
    done({ text: 'the connection ended before its PROXY header was complete', silent: octets.length === 0 });
  };
  const read = () => {
    for (let chunk = next(socket); chunk !== null; chunk = next(socket)) {
      octets = Buffer.concat([octets, chunk]);
      const header = readProxyHeader(octets.subarray(0, LONGEST_PROXY_HEADER));
      if (header.kind === 'incomplete') continue;
      if (header.kind === 'malformed') {
        done({ text: `PROXY header: ${header.problem}`, silent: false });
        return;
      }
      if (octets.length > header.length) socket.unshift(octets.subarray(header.length));
      done(undefined, header.client);
      return;
    }
  };
  socket.on('readable', read).on('end', ended).on('close', ended).on('error', ended);
}

export interface HeaderProblem {
  readonly text: string;
  readonly silent: boolean;
}

function next(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
