/**
 * One listening port: smtp-server's server (3.21.6) with our connections. Only this file, smtp-channel.ts (where and
 * why the library is changed) and smtp-connection.ts use it.
 *
 * TLS handshakes are bounded in number and time like connections. Shutdown closes idle clients at once, lets
 * transactions end, and never cuts off a client whose complete message waits for its reply.
 */
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { SMTPConnectionOptions, TLSError } from 'smtp-server/lib/smtp-connection';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { Config, SubmissionConfig } from '../../config/config.ts';
import type { Clock } from '../../platform/clock.ts';
import { base32 } from '../../platform/ids.ts';
import { matchingPrefix } from '../../platform/network/cidr.ts';
import type { Random } from '../../platform/random.ts';
import { Arrivals, readHeaderFrom } from './arrivals.ts';
import type { FairTurns } from './fair-turns.ts';
import type { ChannelOwner, SmtpChannel } from './smtp-channel.ts';
import type { RoomSize, SessionRoom } from './session-room.ts';
import { Connection } from './smtp-connection.ts';
import type { SmtpPeer, ServerSession } from './server-session.ts';

/** Live. */
export interface SmtpLimits extends RoomSize {
  /** Shown as SIZE. */
  readonly maxMessageBytes: number;
}

export interface SmtpListenerOptions {
  /** Live. */
  readonly config: Pick<Config, 'hostname'> & {
    readonly submission: Pick<SubmissionConfig, 'trustedProxies'>;
  };
  readonly limits: SmtpLimits;
  /** Clients may log in. */
  readonly offersAuth: boolean;
  /** TLS from the first octet (465) or STARTTLS (587, 25). */
  readonly implicitTls: boolean;
  /** With implicit TLS: clients are asked for a certificate, and may log in by it. */
  readonly asksCertificate: boolean;
  /** By the name that a client asks for; `*` for all others. */
  readonly secureContexts: ReadonlyMap<string, SecureContext>;
  readonly idleTimeoutMs: number;
  /** TLS handshakes of implicit TLS in progress, which are not sessions yet. */
  readonly handshakes: SessionRoom;
  /** Of all listeners of the service. */
  readonly turns: FairTurns;
  readonly clock: Clock;
  readonly random: Random;
  readonly openSession: (peer: SmtpPeer) => ServerSession;
  /** True while no new mail is taken although the port stays open. Default: never. */
  readonly isDraining?: (() => boolean) | undefined;
  /** An internal error. The client gets 451. */
  readonly onBug: (error: unknown) => void;
  /** Failed TLS handshakes and connections reset during a transaction: caused by the client or the network. */
  readonly onClientError: (error: ClientError) => void;
}

export interface ClientError extends Error {
  readonly code?: string;
  readonly remoteAddress?: string | undefined;
}

type ProxyCallback = Parameters<SMTPServer['_handleProxy']>[1];
type UpgradeCallback = Parameters<SMTPServer['_upgrade']>[1];

/** Sockets after 421 whose client has not closed its side: the library waits five seconds for that. */
const LINGERING = 500;

const SESSION_ID_BYTES = 10;

const DISABLED_COMMANDS = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD', 'LHLO'];

/** In the library's session, which is all that it passes on. */
const CONNECTION = Symbol('connection');
type OwnSession = SMTPServerSession & { [CONNECTION]?: Connection };

export class SmtpListener {
  readonly #server: Server;

  constructor(options: SmtpListenerOptions) {
    this.#server = new Server(options);
  }

  /** Rejects with the error of listen(2), such as EADDRINUSE. */
  async listen(where: ListenOptions): Promise<AddressInfo> {
    const listening = Promise.withResolvers<undefined>();
    const { server } = this.#server;
    server.once('error', listening.reject);
    server.listen(where, () => listening.resolve(undefined));
    await listening.promise;
    server.removeListener('error', listening.reject);
    const bound = server.address() as AddressInfo;
    this.#server.boundTo(bound);
    return bound;
  }

  /** For new handshakes; open connections keep theirs. */
  useSecureContexts(contexts: ReadonlyMap<string, SecureContext>): void {
    this.#server.secureContext = new Map(contexts);
  }

  /** Sockets, including those in a TLS handshake or waiting for the client to close. */
  get connectionCount(): number {
    return this.#server.open.size;
  }

  /** Stops listening; 421 4.3.2 to idle clients at once, to the others when their transaction ends. */
  drain(): void {
    this.#server.drain();
  }

  /** 421 4.3.2 to all remaining connections; those whose complete message waits for its reply end after it. */
  terminate(): void {
    for (const connection of this.#server.open) connection.endForShutdown();
  }

  /** Destroys the sockets of clients that still have to do something, such as closing their side. */
  destroy(): void {
    for (const connection of this.#server.open) connection.destroySocket();
  }

  /** Resolves when the last connection is gone. */
  whenEmpty(): Promise<void> {
    return this.#server.empty();
  }
}

class Server extends SMTPServer implements ChannelOwner {
  readonly #options: SmtpListenerOptions;
  readonly open = new Set<SmtpChannel>();
  readonly #arrivals: Arrivals;
  #closing = false;
  #local: { readonly localAddress: string; readonly localPort: number } = { localAddress: '-', localPort: 0 };
  #whenEmpty: (() => void)[] = [];

  constructor(options: SmtpListenerOptions) {
    super({
      // The library keeps this object and reads these properties at each connection and command.
      get name() {
        return options.config.hostname;
      },
      get size() {
        return options.limits.maxMessageBytes;
      },
      secure: options.implicitTls,
      // Any certificate is taken, and none: what it is good for is decided at AUTH EXTERNAL.
      ...(options.asksCertificate && { requestCert: true, rejectUnauthorized: false }),
      authMethods: ['PLAIN', 'LOGIN'],
      authOptional: true,
      disabledCommands: DISABLED_COMMANDS,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      socketTimeout: options.idleTimeoutMs,
      // session-room.ts counts sessions and handshakes.
      maxClients: 0,
      // Its lines have no message id; false also prevents its warning about a missing certificate: ours is in the
      // secure context that replaces its own.
      logger: false,
    });
    this.#options = options;
    this.#arrivals = new Arrivals(options.handshakes, options.clock);
    this.secureContext = new Map(options.secureContexts);
    this.on('error', (error: NodeJS.ErrnoException & TLSError & ClientError) => {
      if (error.syscall === 'listen') return;
      options.onClientError(
        Object.assign(error, { remoteAddress: error.remoteAddress ?? error.meta?.remoteAddress }),
      );
    });
  }

  boundTo({ address, port }: AddressInfo): void {
    this.#local = { localAddress: address, localPort: port };
  }

  get maxMessageBytes(): number {
    return this.#options.limits.maxMessageBytes;
  }

  get turns(): FairTurns {
    return this.#options.turns;
  }

  get draining(): boolean {
    return this.#closing || this.#options.isDraining?.() === true;
  }

  get offersAuth(): boolean {
    return this.#options.offersAuth;
  }

  get asksCertificate(): boolean {
    return this.#options.asksCertificate;
  }

  openSession(peer: SmtpPeer): ServerSession {
    return this.#options.openSession(peer);
  }

  onBug(error: unknown): void {
    this.#options.onBug(error);
  }

  override connect(socket: Socket | TLSSocket, socketOptions?: SMTPConnectionOptions | null): void {
    // The local address is known; the library would ask the kernel.
    const connection = new Connection(this, this, socket, { ...this.#local, ...socketOptions });
    (connection.session as OwnSession)[CONNECTION] = connection;
    this.connections.add(connection);
    this.open.add(connection);
    connection.on('error', (error: Error) => this._onError(error));
    connection.init();
  }

  forget(connection: SmtpChannel): void {
    this.open.delete(connection);
    if (this.open.size > 0) return;
    for (const wake of this.#whenEmpty) wake();
    this.#whenEmpty = [];
  }

  async empty(): Promise<void> {
    if (this.open.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  drain(): void {
    this.#closing = true;
    this.server.close();
    for (const topSocket of this._pendingSockets.values()) topSocket.destroy();
    for (const connection of this.open) connection.endIfIdle();
  }

  /** Its connections begin with the header of the PROXY protocol, and others' never do. */
  override _expectsProxyHeader({ remoteAddress = '' }: Socket): boolean {
    const { trustedProxies } = this.#options.config.submission;
    return trustedProxies.length > 0 && matchingPrefix(remoteAddress, trustedProxies) >= 0;
  }

  /** No reply is possible before header and handshake: a connection without a slot is closed. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    if (this.open.size >= this.#options.limits.maxConnections + LINGERING) return cutOff(socket);
    const proxied = this._expectsProxyHeader(socket);
    if (!handshake && !proxied) return super._acceptSocket(socket, handshake);
    const admitted = proxied ? this.#arrivals.awaitHeader(socket) : this.#awaitHandshake(socket);
    if (!admitted) return cutOff(socket);
    const release = super._acceptSocket(socket, handshake);
    return () => {
      this.#arrivals.leave(socket);
      if (release !== false) release();
    };
  }

  #awaitHandshake(socket: Socket, address = socket.remoteAddress ?? ''): boolean {
    return this.#arrivals.awaitHandshake(socket, address, () => this._pendingSockets.get(socket)?.destroy());
  }

  /** The library would generate the id with a kernel call and a BigInt. */
  override _handleProxy(socket: Socket, callback: ProxyCallback): void {
    const id = base32(this.#options.random.bytes(SESSION_ID_BYTES));
    if (!this._expectsProxyHeader(socket)) {
      setImmediate(() => callback(null, { id }));
      return;
    }
    const { remoteAddress } = socket;
    readHeaderFrom(socket, (problem, client) => {
      if (
        problem === undefined &&
        this.#options.implicitTls &&
        !this.#awaitHandshake(socket, client?.address)
      ) {
        cutOff(socket);
        callback(new Error('too many TLS handshakes'));
      } else if (problem === undefined) {
        callback(null, { id, ...(client && { remoteAddress: client.address, remotePort: client.port }) });
      } else {
        const error: ClientError = Object.assign(new Error(problem.text), { remoteAddress });
        if (!problem.silent) this.#options.onClientError(error);
        callback(error);
      }
    });
  }

  /** The library would wrap a socket that was destroyed in the turn of its accept, which crashes Node.js 24. */
  override _upgrade(socket: Socket, callback: UpgradeCallback): void {
    if (socket.destroyed) callback(new Error('closed before the TLS handshake'));
    else super._upgrade(socket, callback);
  }

  override onConnect(_session: SMTPServerSession, callback: () => void): void {
    callback();
  }

  override onSecure(_socket: unknown, session: SMTPServerSession, callback: () => void): void {
    (session as OwnSession)[CONNECTION]?.secured();
    callback();
  }
}

function cutOff(socket: Socket): false {
  socket.on('error', () => undefined);
  socket.destroy();
  return false;
}
