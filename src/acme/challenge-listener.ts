/**
 * The HTTP listener for HTTP-01, open to the whole internet: it answers the path of a pending token under its host name,
 * and everything else with 404, always the same octets. It reads no body, follows and sends no redirect, and keeps no
 * connection; their number, time and header are bounded, and a full listener keeps nobody else out
 * (connection-room.ts). RFC 8555 §8.3.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../platform/log.ts';
import { formatHostPort, type HostPort } from '../platform/network/host-port.ts';
import { bindServer, type Place } from '../smtp/server/bind-server.ts';
import type { Challenges } from './challenges.ts';
import { ConnectionRoom } from './connection-room.ts';

export interface ChallengeListener {
  /** Bound addresses, with the actual port for port 0. */
  readonly addresses: readonly HostPort[];
  stop(): Promise<void>;
}

const PATH = /^\/\.well-known\/acme-challenge\/([\w-]{1,256})$/;
/** An authority looks from a handful of places; whoever fills the room does not keep it out. */
const MOST_CONNECTIONS = 64;
const BACKLOG = 128;
const WITHIN_MS = 5_000;
const MOST_HEADER_BYTES = 8 * 1024;

export interface ChallengeListenerOptions {
  readonly listen: readonly HostPort[];
  /** Descriptors of listening sockets, from systemd; where there are some, `listen` opens nothing beside them. */
  readonly inherited: readonly number[];
  readonly challenges: Pick<Challenges, 'keyAuthorization'>;
  readonly log: Log;
}

/** Rejects with BindError when a port cannot be opened; none stays open then. */
export async function openChallengeListener({
  listen,
  inherited,
  challenges,
  log,
}: ChallengeListenerOptions): Promise<ChallengeListener> {
  const servers: Server[] = [];
  const places: readonly Place[] = inherited.length > 0 ? inherited.map((fd) => ({ fd })) : listen;
  try {
    for (const at of places) {
      const server = createChallengeServer(challenges);
      const room = new ConnectionRoom(MOST_CONNECTIONS);
      server.on('connection', (socket) => room.admit(socket));
      if (await bindServer(at, server, { backlog: BACKLOG, keys: 'acme.listen', log })) servers.push(server);
    }
  } catch (error) {
    await close(servers);
    throw error;
  }
  const addresses = servers.map((server) => {
    const { address, port } = server.address() as AddressInfo;
    return { host: address, port };
  });
  for (const at of addresses) log.info('listening', { at: formatHostPort(at), acme: true });
  return { addresses, stop: () => close(servers) };
}

function createChallengeServer(challenges: Pick<Challenges, 'keyAuthorization'>): Server {
  const server = createServer(
    {
      headersTimeout: WITHIN_MS,
      requestTimeout: WITHIN_MS,
      connectionsCheckingInterval: WITHIN_MS / 5,
      maxHeaderSize: MOST_HEADER_BYTES,
      keepAlive: false,
    },
    (request, response) => answer(request, response, challenges),
  );
  // The whole exchange, whatever the client does or leaves undone.
  server.setTimeout(WITHIN_MS, (socket) => socket.destroy());
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, challenges),
  );
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('upgrade', (_request, socket) => socket.destroy());
  server.on('connect', (_request, socket) => socket.destroy());
  return server;
}

function answer(
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
  challenges: Pick<Challenges, 'keyAuthorization'>,
): void {
  const token = PATH.exec(url)?.[1];
  const host = (headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  const shown =
    token === undefined || (method !== 'GET' && method !== 'HEAD')
      ? undefined
      : challenges.keyAuthorization(host, token);
  const body = shown ?? 'not found\n';
  response.writeHead(shown === undefined ? 404 : 200, {
    'Content-Type': 'text/plain',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

async function close(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    ),
  );
}
