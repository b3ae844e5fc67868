/**
 * The sockets of the HTTP service: every configured address in clear or with TLS, opened all or none, with limits on
 * connections, headers and time, closed in steps. Passes requests to one function; malformed input is answered and
 * closed here. RFC 9112.
 */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContext, TLSSocket, TlsOptions } from 'node:tls';
import { bindServer, type Place } from '../smtp/server/bind-server.ts';
import { createServerContexts, serverContextOptions, type TlsMaterial } from '../smtp/server/tls-context.ts';
import { isLoopback } from '../platform/network/ip-address.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { matchingPrefix } from '../platform/network/cidr.ts';
import { visibleJson } from '../platform/visible-text.ts';
import { ApiError } from './api-error.ts';
import type { ConnectionRoom } from './connection-room.ts';
import { withoutLongPipelines, type HandleRequest } from './pipelining.ts';
import { formatHostPort, type HostPort } from '../platform/network/host-port.ts';

export interface HttpAddress extends HostPort {
  readonly tls: boolean;
}

/** A listening socket, for example from systemd. */
export interface InheritedHttpListener {
  readonly fd: number;
  readonly tls: boolean;
}

export interface HttpPortsOptions {
  /** The configuration keys of the addresses, for errors. */
  readonly keys: string;
  /** What a warning says of addresses in clear that others reach; `undefined`: nothing. */
  readonly whyNotClear?: string | undefined;
  /** Where there are some, no configured port is opened beside them. */
  readonly inherited: readonly InheritedHttpListener[];
  readonly listen: readonly HostPort[];
  readonly listenTls: readonly HostPort[];
  readonly loadTls: () => TlsMaterial;
  /** Answers TLS-ALPN-01 on the TLS addresses; `undefined`: it is not used. */
  readonly alpn?: AlpnResponder | undefined;
  /** Each proxy stands for many clients. */
  readonly trustedProxies: readonly string[];
  readonly timeouts: HttpTimeouts;
  readonly connections: ConnectionRoom;
  readonly handle: HandleRequest;
  readonly clock: Clock;
  readonly log: Log;
}

/** A protocol of TLS that ends with the handshake, with a certificate of its own. RFC 8737 §3. */
export interface AlpnResponder {
  readonly protocol: string;
  /** `undefined`: nothing is pending for the name. */
  context(serverName: string): SecureContext | undefined;
}

/** Time limits of a client in milliseconds, and the interval of their check. */
export interface HttpTimeouts {
  readonly requestMs: number;
  readonly headersMs: number;
  readonly checkEveryMs: number;
}

export interface HttpPorts {
  /** Bound addresses, with the actual port for port 0. */
  readonly addresses: readonly HttpAddress[];
  /** Reads the certificate again; open connections keep theirs. Throws TlsError, and the old one stays. */
  reloadTls(): void;
  /** For later requests. */
  setTimeouts(timeouts: HttpTimeouts): void;
  /** Accepts no new connection, lets requests end within `graceMs`, then closes the rest. */
  stop(graceMs: number): Promise<void>;
}

const BACKLOG = 1024;
const HTTP = 'http/1.1';
const HEADERS_TIMEOUT_MS = 15_000;
const CHECK_EVERY_MS = 5_000;
/** Longer than the minute for which proxies keep connections, so that they do not meet our close. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HANDSHAKE_TIMEOUT_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** While stopping: interval of closing idle connections. */
const CLOSE_IDLE_EVERY_MS = 50;

/**
 * Rejects with BindError when a port cannot be opened (then none stays open), TlsError when the certificate is
 * unusable.
 */
export async function openHttpPorts(options: HttpPortsOptions): Promise<HttpPorts> {
  const servers: (Server | TlsServer)[] = [];
  const tlsServers: TlsServer[] = [];
  const addresses: HttpAddress[] = [];
  let contexts: ReadonlyMap<string, SecureContext> = new Map();
  const common = serverOptions(options.timeouts);
  const handle = withoutLongPipelines(options.handle);
  const open = async (at: Place, server: Server | TlsServer, tls: boolean) => {
    limitConnections(server, options.connections, options.trustedProxies);
    server.on('clientError', answerBadClient);
    // Without a listener Node.js would send 100 Continue before the key is checked.
    server.on('checkContinue', handle);
    if (!(await bindServer(at, server, { backlog: BACKLOG, keys: options.keys, log: options.log }))) return;
    const { address, port } = server.address() as AddressInfo;
    servers.push(server);
    addresses.push({ host: address, port, tls });
    options.log.info('listening', { at: formatHostPort({ host: address, port }), http: true, tls });
  };
  try {
    const { clear, encrypted } = placesOf(options);
    for (const at of clear) await open(at, createServer(common, handle), false);
    if (encrypted.length > 0) {
      const material = options.loadTls();
      contexts = createServerContexts(material);
      for (const at of encrypted) {
        const server = createTlsServer(
          {
            ...common,
            ...serverContextOptions(material),
            ...(options.alpn && { ALPNCallback: chooseProtocol(options.alpn) }),
            // By name, or the server's own.
            SNICallback: (name, done) => done(null, contexts.get(name.toLowerCase())),
            handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
          },
          handle,
        );
        if (options.alpn !== undefined) endAfterHandshake(server, options.alpn);
        tlsServers.push(server);
        await open(at, server, true);
      }
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  if (options.whyNotClear !== undefined) warnOfClear(addresses, options.whyNotClear, options.log);
  return {
    addresses,
    reloadTls() {
      if (tlsServers.length === 0) return;
      const material = options.loadTls();
      contexts = createServerContexts(material);
      for (const server of tlsServers) server.setSecureContext(serverContextOptions(material));
    },
    setTimeouts({ requestMs, headersMs }) {
      for (const server of servers)
        Object.assign(server, { requestTimeout: requestMs, headersTimeout: headersMs });
    },
    stop: (graceMs) => stop(servers, graceMs, options.clock),
  };
}

function placesOf({
  inherited,
  listen,
  listenTls,
}: Pick<HttpPortsOptions, 'inherited' | 'listen' | 'listenTls'>): {
  readonly clear: readonly Place[];
  readonly encrypted: readonly Place[];
} {
  if (inherited.length === 0) return { clear: listen, encrypted: listenTls };
  return { clear: inherited.filter(({ tls }) => !tls), encrypted: inherited.filter(({ tls }) => tls) };
}

/** As without a callback, but for the one more protocol. */
function chooseProtocol(alpn: AlpnResponder): NonNullable<TlsOptions['ALPNCallback']> {
  return function (this: TLSSocket, { servername, protocols }) {
    if (!protocols.includes(alpn.protocol)) return protocols.find((name) => name === HTTP);
    const context = alpn.context(servername);
    if (context === undefined) return undefined;
    this.setKeyCert(context);
    return alpn.protocol;
  };
}

/** What is asked for after it is nothing of HTTP's. */
function endAfterHandshake(server: TlsServer, { protocol }: AlpnResponder): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === protocol) socket.destroySoon();
  });
}

/** `requestMs`: longer than any body may take (policy/least-rate.ts); it ends bodies that are left unread. */
export function defaultTimeouts(requestMs: number): HttpTimeouts {
  return { requestMs, headersMs: HEADERS_TIMEOUT_MS, checkEveryMs: CHECK_EVERY_MS };
}

function serverOptions({ requestMs, headersMs, checkEveryMs }: HttpTimeouts): ServerOptions {
  return {
    requestTimeout: requestMs,
    headersTimeout: headersMs,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // request-head.ts has our own message.
    requireHostHeader: false,
    noDelay: true,
  };
}

function limitConnections(
  server: Server | TlsServer,
  connections: ConnectionRoom,
  trustedProxies: readonly string[],
): void {
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    // A proxy stands for many clients: only the total counts.
    const shared = isLoopback(address) || matchingPrefix(address, trustedProxies) >= 0;
    if (!connections.admit(socket, shared)) socket.destroy();
  });
}

/** Not HTTP, header too long, or too slow: one response, then the connection is closed. */
function answerBadClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, words, answer] = badClientAnswer(error.code);
  const body = visibleJson(answer.toJSON());
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function badClientAnswer(code: string | undefined): readonly [number, string, ApiError] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        431,
        'Request Header Fields Too Large',
        new ApiError(431, 'too-large', `the header is larger than ${MAX_HEADER_BYTES} octets`),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'Request Timeout', new ApiError(408, 'timeout', 'the request did not arrive in time')];
    default:
      return [400, 'Bad Request', new ApiError(400, 'invalid-request', 'this is not a valid HTTP request')];
  }
}

function warnOfClear(addresses: readonly HttpAddress[], why: string, log: Log): void {
  for (const at of addresses) {
    if (at.tls || isLoopback(at.host)) continue;
    log.warn(why, { at: formatHostPort(at) });
  }
}

async function stop(servers: readonly (Server | TlsServer)[], graceMs: number, clock: Clock): Promise<void> {
  const closed = Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  const closeIdle = () => {
    for (const server of servers) server.closeIdleConnections();
    idle = clock.after(CLOSE_IDLE_EVERY_MS, closeIdle);
  };
  let idle = clock.after(CLOSE_IDLE_EVERY_MS, closeIdle);
  const end = clock.after(graceMs, () => {
    for (const server of servers) server.closeAllConnections();
  });
  await closed;
  idle.cancel();
  end.cancel();
}
