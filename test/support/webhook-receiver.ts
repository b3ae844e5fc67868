/**
 * A receiver of webhooks: a real HTTP (or HTTPS) server on loopback that keeps what it got, checks signatures with the
 * library that the scheme's authors ship, and answers what the test says.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook as StandardWebhook } from 'standardwebhooks';

const FIXTURES = new URL('../fixtures/', import.meta.url);

export interface ReceivedWebhook {
  /** In order of arrival. */
  readonly number: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The connection that it came by, counted from 1. */
  readonly connection: number;
}

export type Respond = (response: ServerResponse, received: ReceivedWebhook) => void;

export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  readonly received: ReceivedWebhook[];
  /** Default: 204. */
  respond: Respond;
  /** Requests that were read and not answered. */
  readonly open: number;
  stop(): Promise<void>;
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}, body = ''): Respond {
  return (response) => void response.writeHead(code, headers).end(body);
}

export async function startWebhookReceiver(
  options: { readonly tls?: boolean; readonly port?: number } = {},
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const connections = new Map<Socket, number>();
  let open = 0;
  const listener: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const one = {
        number: received.length + 1,
        path: request.url ?? '',
        headers: request.headers,
        text,
        body: JSON.parse(text) as Record<string, unknown>,
        connection: connections.get(request.socket) ?? 0,
      };
      received.push(one);
      open++;
      response.on('close', () => open--);
      receiver.respond(response, one);
    });
  };
  const server =
    options.tls === true
      ? https.createServer(
          {
            cert: readFileSync(new URL('test-only-certificate.pem', FIXTURES)),
            key: readFileSync(new URL('test-only-key.pem', FIXTURES)),
          },
          listener,
        )
      : http.createServer(listener);
  const sockets = new Set<Socket>();
  server.on(options.tls === true ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, connections.size + 1);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = {
    respond: status(204),
    url: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    port,
    received,
    get open() {
      return open;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** Throws unless the signature is good under `secret` (`whsec_...`) and of this moment. */
export function verifySignature({ text, headers }: ReceivedWebhook, secret: string): unknown {
  return new StandardWebhook(secret).verify(text, headers as Record<string, string>);
}

/** Of each event its name and message, for comparisons. */
export function eventsOf(received: readonly ReceivedWebhook[]): readonly string[] {
  return received.map(({ body }) => `${String(body['event'])} ${String(body['message_id'])}`);
}
