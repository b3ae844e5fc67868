/**
 * Limits HTTP connections by client address, network (an IPv4 /24, an IPv6 /48), key and account, and in total. At a
 * limit the connection that has been idle longest is closed; a newcomer is refused only when all are busy. So idle
 * connections keep nobody out.
 */
import type { Socket } from 'node:net';
import { clientHost, clientNetwork } from '../platform/network/client-network.ts';
import type { Credential } from '../store/directory-records.ts';
import { ApiError } from './api-error.ts';

/** The most of each. */
export interface ConnectionMaxima {
  readonly all: number;
  readonly perNetwork: number;
  readonly perAddress: number;
  readonly perAccount: number;
  readonly perKey: number;
}

export const CONNECTION_MAXIMA: ConnectionMaxima = {
  all: 2_000,
  perNetwork: 1_000,
  perAddress: 500,
  perAccount: 1_000,
  perKey: 500,
};

interface Connection {
  readonly name: string;
  readonly socket: Socket;
  /** The counters it belongs to: `address ...`, `network ...`, `key ...`, `account ...`. */
  readonly counters: Set<string>;
  /** Of the last request. */
  keyId: string | undefined;
  /** Requests in progress. */
  busy: number;
}

const RETRY_AFTER_SECONDS = 5;

export class ConnectionRoom {
  readonly #maxima: ConnectionMaxima;
  /** By socket name. */
  readonly #open = new Map<string, Connection>();
  /** By the socket of requests, which over TLS differs from the admitted one. */
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #counts = new Map<string, number>();
  /** Connections without a request in progress, the longest idle first. */
  readonly #idle = new Set<Connection>();

  constructor(maxima = CONNECTION_MAXIMA) {
    this.#maxima = maxima;
  }

  get size(): number {
    return this.#open.size;
  }

  /** `shared`: a proxy, whose address stands for many clients. False: full, and the socket is not counted. */
  admit(socket: Socket, shared: boolean): boolean {
    // Already closed.
    if (socket.remoteAddress === undefined) return false;
    const { all, perNetwork, perAddress } = this.#maxima;
    const { remoteAddress } = socket;
    const byAddress = shared
      ? []
      : [`address ${clientHost(remoteAddress)}`, `network ${clientNetwork(remoteAddress)}`];
    const [address, network] = byAddress;
    if (address !== undefined && !this.#makeRoom(address, perAddress)) return false;
    if (network !== undefined && !this.#makeRoom(network, perNetwork)) return false;
    if (this.#open.size >= all && !this.#closeIdle(() => true)) return false;
    const name = nameOf(socket);
    const before = this.#open.get(name);
    if (before !== undefined) this.#remove(before);
    const connection: Connection = { name, socket, counters: new Set(), keyId: undefined, busy: 0 };
    for (const counter of byAddress) this.#join(connection, counter);
    this.#open.set(name, connection);
    this.#idle.add(connection);
    socket.once('close', () => this.#remove(connection));
    return true;
  }

  /** A request starts; `end` follows once. */
  begin(socket: Socket): void {
    const connection = this.#bySocket.get(socket) ?? this.#open.get(nameOf(socket));
    if (connection === undefined) return;
    this.#bySocket.set(socket, connection);
    connection.busy++;
    this.#idle.delete(connection);
  }

  /** Assigns the request to a key. Throws ApiError 429 when the key or its account has too many. */
  belongsTo(socket: Socket, { id, accountId }: Pick<Credential, 'id' | 'accountId'>): void {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined || connection.keyId === id) return;
    // It went while its key was looked up: nothing would count it out again.
    if (this.#open.get(connection.name) !== connection) return;
    const { perKey, perAccount } = this.#maxima;
    for (const counter of connection.counters)
      if (counter.startsWith('key ') || counter.startsWith('account ')) this.#leave(connection, counter);
    connection.keyId = undefined;
    if (!this.#makeRoom(`key ${id}`, perKey)) throw tooMany('this API key', perKey);
    if (!this.#makeRoom(`account ${accountId}`, perAccount)) throw tooMany('this account', perAccount);
    connection.keyId = id;
    this.#join(connection, `key ${id}`);
    this.#join(connection, `account ${accountId}`);
  }

  end(socket: Socket): void {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined || --connection.busy > 0) return;
    if (this.#open.get(connection.name) === connection) this.#idle.add(connection);
  }

  #makeRoom(counter: string, most: number): boolean {
    if ((this.#counts.get(counter) ?? 0) < most) return true;
    return this.#closeIdle(({ counters }) => counters.has(counter));
  }

  /** False: none is idle. */
  #closeIdle(fits: (connection: Connection) => boolean): boolean {
    for (const connection of this.#idle) {
      if (!fits(connection)) continue;
      connection.socket.destroy();
      this.#remove(connection);
      return true;
    }
    return false;
  }

  #remove(connection: Connection): void {
    if (this.#open.get(connection.name) !== connection) return;
    this.#open.delete(connection.name);
    this.#idle.delete(connection);
    for (const counter of connection.counters) this.#leave(connection, counter);
  }

  #join({ counters }: Connection, counter: string): void {
    counters.add(counter);
    this.#counts.set(counter, (this.#counts.get(counter) ?? 0) + 1);
  }

  #leave({ counters }: Connection, counter: string): void {
    counters.delete(counter);
    const left = (this.#counts.get(counter) ?? 0) - 1;
    if (left > 0) this.#counts.set(counter, left);
    else this.#counts.delete(counter);
  }
}

/** The same for a TLS socket and the socket below it, which nothing else connects. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function tooMany(whose: string, most: number): ApiError {
  return new ApiError(
    429,
    'rate-limited',
    `${whose} has ${most} connections with requests under way, as many as it may`,
    {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      headers: { connection: 'close' },
    },
  );
}
