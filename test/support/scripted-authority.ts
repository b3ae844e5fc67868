/**
 * An ACME server that says what a test wants, for what a real one does not do on demand: refusals, waits, nonsense, a certificate
 * that is not the one that was asked for. It checks no signature (Pebble does), and remembers what it was sent.
 */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** By path; `undefined`: the answer of an authority to which all is well. */
export type Script = (asked: Asked) => ScriptedAnswer | 'silence' | undefined;

export class ScriptedAuthority implements AsyncDisposable {
  readonly directory: string;
  /** PEM that its HTTPS is trusted by. */
  readonly ca: string;
  readonly asked: Asked[] = [];
  script: Script = () => undefined;
  readonly #base: string;
  readonly #server: Server;
  #nonce = 0;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
    this.#base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.directory = `${this.#base}/directory`;
  }

  static async start(): Promise<ScriptedAuthority> {
    const { cert, key } = await makeSelfSignedCertificate('127.0.0.1');
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const made = new ScriptedAuthority(server, cert);
    server.on('request', (request, response) => {
      void made.#read(request).then((asked) => {
        made.asked.push(asked);
        const answer = made.script(asked) ?? made.#usual(asked);
        if (answer === 'silence') return;
        const { status = 200, headers = {}, body = '' } = answer;
        const nonce = { 'Replay-Nonce': `nonce-${++made.#nonce}` };
        response.writeHead(status, { ...nonce, ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    return made;
  }

  /** The address of `path` here. */
  at(path: string): string {
    return this.#base + path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #usual({ path }: Asked): ScriptedAnswer {
    switch (path) {
      case '/directory':
        return {
          body: { newNonce: this.at('/nonce'), newAccount: this.at('/account'), newOrder: this.at('/order') },
        };
      case '/account':
        return { status: 201, headers: { Location: this.at('/account/1') }, body: { status: 'valid' } };
      case '/account/1':
        return { body: { status: 'valid' } };
      case '/order':
        return {
          status: 201,
          headers: { Location: this.at('/order/1') },
          body: { status: 'pending', authorizations: [this.at('/authorization/1')] },
        };
      case '/order/1':
        return { body: { status: 'ready', finalize: this.at('/finalize') } };
      case '/authorization/1':
        return { body: { status: 'valid' } };
      default:
        return { body: {} };
    }
  }

  async #read(request: IncomingMessage): Promise<Asked> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const jws = (text === '' ? {} : JSON.parse(text)) as { protected?: string; payload?: string };
    const { method = '', url: path = '' } = request;
    return { method, path, header: decoded(jws.protected) ?? {}, payload: decoded(jws.payload) };
  }
}

function decoded(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined || text === '') return undefined;
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>;
}
