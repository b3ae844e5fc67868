/**
 * The receiver of the demo's webhook: an HTTP server on 127.0.0.1 that keeps its requests and checks each signature
 * by Standard Webhooks, without code of the relay.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from '../platform/lifecycle.ts';

export interface ReceivedEvent {
  readonly event: string;
  readonly messageId: string;
  readonly recipient: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export class DemoReceiver implements Service {
  readonly #server: Server;
  readonly received: ReceivedEvent[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const fields = JSON.parse(body) as { event: string; message_id: string; recipient: string };
        const { event, message_id: messageId, recipient } = fields;
        this.received.push({ event, messageId, recipient, body, headers: request.headers });
        response.writeHead(204).end();
      });
    });
  }

  static async start(): Promise<DemoReceiver> {
    const receiver = new DemoReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/mail`;
  }

  find(event: string, messageId: string): ReceivedEvent | undefined {
    return this.received.find((one) => one.event === event && one.messageId === messageId);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** `secret` as `relayctl webhook add` shows it, `whsec_` and base64. */
export function isSignedWith(secret: string, { headers, body }: ReceivedEvent): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = createHmac('sha256', key).update(signed).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice('v1,'.length), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
