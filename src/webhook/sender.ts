/**
 * One POST to one receiver over HTTP/1.1 with Node.js's own client. Never rejects: a failure is a result. The whole
 * exchange has one time limit, the response body is read only as far as the log needs it, redirects are not followed,
 * and every connection goes to an address that address-guard.ts accepted. Connections are reused; their address was
 * checked when they were opened.
 */
import http from 'node:http';
import https from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { allowedAddresses, guardedLookup, type AddressGuardOptions } from './address-guard.ts';
import { EXCERPT_BYTES, excerptOf } from './excerpt.ts';
import type { Answer } from './response.ts';
import { hostOf } from './webhook-url.ts';
import { errorWords } from '../platform/tls-error.ts';

/** From the start of the look-up to the end of the response. */
export const TIMEOUT_MS = 15_000;
/** A longer response is cut off and its connection closed. */
const MOST_BODY_BYTES = 64 * 1024;
/**
 * Idle connections are closed after this time: receivers do the same, and the next event would meet a dead
 * connection.
 */
const IDLE_MS = 4_000;

export interface SenderOptions {
  readonly guard: AddressGuardOptions;
  readonly clock: Clock;
  /** Program version for User-Agent. */
  readonly version?: string | undefined;
  /** Maximum connections to one receiver. */
  readonly connections: number;
  /** CA certificates in PEM instead of the system's. For tests. */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
}

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** To one receiver. */
export interface Sender {
  send(post: Post): Promise<Answer>;
  /** Closes connections; requests in flight end unanswered. */
  close(): void;
}

export function createSender(options: SenderOptions): Sender {
  const { guard, connections: maxSockets, ca } = options;
  const lookup = guardedLookup(guard);
  const common = { keepAlive: true, maxSockets, maxFreeSockets: 2, timeout: IDLE_MS, lookup };
  const agents = {
    'http:': new http.Agent(common),
    'https:': new https.Agent({ ...common, ...(ca !== undefined && { ca }) }),
  };
  const underWay = new Set<Exchange>();
  return {
    async send(post) {
      const exchange = new Exchange(post, agents, options);
      underWay.add(exchange);
      try {
        return await exchange.result;
      } finally {
        underWay.delete(exchange);
      }
    },
    close() {
      for (const exchange of underWay) exchange.abort('the relay is shutting down');
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

type Agents = Readonly<Record<'http:' | 'https:', http.Agent>>;

/** One request and its response. */
class Exchange {
  readonly result: Promise<Answer>;
  readonly #post: Post;
  readonly #url: URL;
  readonly #agents: Agents;
  readonly #options: SenderOptions;
  readonly #resolve: (answer: Answer) => void;
  #request: ClientRequest | undefined;
  #answered: (() => void) | undefined;
  #triedAgain = false;
  #ended = false;

  constructor(post: Post, agents: Agents, options: SenderOptions) {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#post = post;
    this.#url = new URL(post.url);
    this.#agents = agents;
    this.#options = options;
    this.#resolve = resolve;
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const timer = options.clock.after(timeoutMs, () =>
      this.abort(`no answer within ${Math.round(timeoutMs / 1000)} seconds`),
    );
    this.result = promise.finally(() => {
      this.#ended = true;
      timer.cancel();
    });
    this.#start();
  }

  /** A response whose body is incomplete counts with what has arrived. */
  abort(error: string): void {
    if (this.#answered === undefined) this.#resolve({ kind: 'unanswered', error });
    else this.#answered();
    this.#ended = true;
    this.#request?.destroy();
  }

  #start(): void {
    const host = hostOf(this.#url);
    // Node.js does not call `lookup` for literal addresses: they are checked here.
    if (isIP(host) === 0) this.#send();
    else
      allowedAddresses(host, this.#options.guard).then(
        () => this.#send(),
        (error: unknown) => this.#fail(error),
      );
  }

  #send(): void {
    if (this.#ended) return;
    const secure = this.#url.protocol === 'https:';
    const { body, headers } = this.#post;
    const { version } = this.#options;
    const request = (secure ? https : http).request(this.#url, {
      method: 'POST',
      agent: this.#agents[secure ? 'https:' : 'http:'],
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': version === undefined ? 'Postern' : `Postern/${version}`,
        accept: '*/*',
        ...headers,
      },
    });
    this.#request = request;
    request.on('response', (response) => this.#read(response));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The receiver may have closed a reused connection at this moment.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !this.#triedAgain) {
        this.#triedAgain = true;
        this.#send();
      } else this.#fail(error);
    });
    request.end(body);
  }

  #read(response: IncomingMessage): void {
    const chunks: Uint8Array[] = [];
    let kept = 0;
    let seen = 0;
    const end = () => {
      const { statusCode = 0, headers } = response;
      this.#resolve({
        kind: 'answered',
        statusCode,
        retryAfter: headers['retry-after'],
        location: headers.location,
        excerpt: excerptOf(Buffer.concat(chunks)),
      });
    };
    this.#answered = end;
    response.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (kept < EXCERPT_BYTES) chunks.push(chunk.subarray(0, EXCERPT_BYTES - kept));
      kept = Math.min(seen, EXCERPT_BYTES);
      if (seen <= MOST_BODY_BYTES) return;
      end();
      response.destroy();
    });
    response.on('end', end);
    // The status has arrived; a later error changes nothing.
    response.on('error', end);
    response.on('close', end);
  }

  #fail(error: unknown): void {
    this.#resolve({ kind: 'unanswered', error: wordsOf(error) });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'connection closed while sending',
};

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const { code, message } = first as NodeJS.ErrnoException;
  const words = (code === undefined ? undefined : WORDS[code]) ?? (message === '' ? code : errorWords(first));
  return (words ?? 'failed').slice(0, 300);
}
