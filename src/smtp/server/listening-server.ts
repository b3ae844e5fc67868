/**
 * smtp-server's server (3.21.6) with our connections. Only this file, smtp-channel.ts, reply-channel.ts (both say why the library
 * is changed) and smtp-connection.ts use it. TLS handshakes are bounded in number and time like connections.
 */
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPConnectionOptions, TLSError } from 'smtp-server/lib/smtp-connection';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { base32 } from '../../platform/ids.ts';
import { matchingPrefix } from '../../platform/network/cidr.ts';
import { Arrivals, readHeaderFrom } from './arrivals.ts';
import type { FairTurns } from './fair-turns.ts';
import type { ChannelOwner, SmtpChannel } from './smtp-channel.ts';
import { Connection } from './smtp-connection.ts';
import type { ClientError, SmtpListenerOptions } from './smtp-listener-options.ts';
import type { SmtpPeer, ServerSession } from './server-session.ts';

type ProxyCallback = Parameters<SMTPServer['_handleProxy']>[1];
type UpgradeCallback = Parameters<SMTPServer['_upgrade']>[1];

/** Sockets after 421 whose client has not closed its side: the library waits five seconds for that. */
const LINGERING = 500;

const SESSION_ID_BYTES = 10;

const DISABLED_COMMANDS = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD', 'LHLO'];

/** In the library's session, which is all that it passes on. */
const CONNECTION = Symbol('connection');
type OwnSession = SMTPServerSession & { [CONNECTION]?: Connection };

export class ListeningServer extends SMTPServer implements ChannelOwner {
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
