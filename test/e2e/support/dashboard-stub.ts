/**
 * The built dashboard behind a server of canned answers: the pages' own policy, the routes that the pages read, and whatever data
 * a test wants to see on them. Nothing here is the relay's.
 */
import { readFileSync, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export const DIST = path.resolve(import.meta.dirname, '../../../dist/ui');

export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const DOCUMENT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly account: string | undefined;
  readonly body: unknown;
}

/** `undefined`: the usual answer. */
export type Answering = (request: StubRequest) =>
  | {
      readonly status: number;
      readonly body?: unknown;
      /** Events, in place of a body. */ readonly events?: string;
      /** In place of a body: a document for a frame. */ readonly html?: string;
    }
  | undefined;

export class DashboardStub implements AsyncDisposable {
  /** What the next answers are, where a test wants others than the usual ones. */
  answering: Answering = () => undefined;
  isSignedIn = true;
  readonly requests: StubRequest[] = [];
  readonly url: string;
  readonly #server;
  readonly #usual: Answering;

  private constructor(server: ReturnType<typeof createServer>, usual: Answering) {
    this.#server = server;
    this.#usual = usual;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(usual: Answering): Promise<DashboardStub> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stub = new DashboardStub(server, usual);
    server.on('request', (request, response) => void stub.#answer(request, response));
    return stub;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url);
    if (!url.pathname.startsWith('/ui/api/')) {
      sendFile(url.pathname, response);
      return;
    }
    const account = incoming.headers['x-account'];
    const request: StubRequest = {
      method: incoming.method ?? '',
      path: url.pathname.slice('/ui/api/'.length),
      query: url.searchParams,
      account: typeof account === 'string' ? account : undefined,
      body: await bodyOf(incoming),
    };
    this.requests.push(request);
    const { status, body, events, html } = this.answering(request) ??
      this.#session(request) ??
      this.#usual(request) ?? {
        status: 404,
        body: { error: { code: 'not-found', message: 'there is no such route' } },
      };
    if (events !== undefined) {
      response.writeHead(status, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.end(events);
    } else if (html !== undefined) {
      response.writeHead(status, { 'content-type': 'text/html', 'content-security-policy': DOCUMENT_POLICY });
      response.end(html);
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #session({ method, path: route }: StubRequest): ReturnType<Answering> {
    if (route === 'session' && method === 'POST') this.isSignedIn = true;
    else if (route === 'session' && method === 'DELETE') {
      this.isSignedIn = false;
      return { status: 204 };
    }
    if (!this.isSignedIn && route === 'session' && method === 'GET') return { status: 200, body: null };
    if (route === 'session/oidc' && method === 'GET') return { status: 200, body: null };
    if (!this.isSignedIn && route !== 'invite')
      return { status: 401, body: { error: { code: 'unauthorized', message: 'sign in first' } } };
    return route === 'session' ? this.#usual({ method: 'GET', path: route } as StubRequest) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function sendFile(pathname: string, response: ServerResponse): void {
  const file = path.join(DIST, path.normalize(pathname.slice('/ui'.length)));
  const isAsset = pathname.startsWith('/ui/assets/') && file.startsWith(DIST) && existsSync(file);
  response.writeHead(200, {
    'content-security-policy': PAGE_POLICY,
    'content-type': isAsset ? (TYPES[path.extname(file)] ?? '') : 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(isAsset ? file : path.join(DIST, 'index.html')));
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text === '' ? undefined : JSON.parse(text);
}
