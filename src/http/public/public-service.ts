/**
 * The listener for recipients (`http.public_listen`), open to the whole internet: links of messages and nothing else. It needs
 * no key, sets no cookie, sends no redirect, and keeps no connection. Number, time, header and body of requests are bounded
 * (http-ports.ts, connection-room.ts), and a token that is not good costs a look at its seal. RFC 8058.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../../config/config.ts';
import { openLinkToken } from '../../links/link-token.ts';
import { TimeoutError, withTimeout, type Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import { createStrangerLog } from '../../smtp/server/stranger-log.ts';
import type { TlsMaterial } from '../../smtp/server/tls-context.ts';
import { StoreError } from '../../store/errors.ts';
import { addressHashesOf } from '../../store/hashed-addresses.ts';
import type { UnsubscribeReader, UnsubscribeWriter } from '../../store/unsubscribes.ts';
import { ConnectionRoom } from '../connection-room.ts';
import { openHttpPorts, type AlpnResponder, type HttpPorts, type HttpTimeouts } from '../http-ports.ts';
import { FAILED, NOT_KNOWN, TOO_LARGE, TOO_OFTEN, WRONG_METHOD, type Answer } from './answers.ts';
import { clientAddress } from './client-address.ts';
import { MAX_FORM_BYTES, readForm } from './form-body.ts';
import { readLinkPath } from './link-path.ts';
import { LinkRates } from './link-rates.ts';
import { PAGE_HEADERS } from './page.ts';
import { readSmallBody } from './small-body.ts';
import { changeByLink, showLink, type LinkRequest, type UnsubscribingContext } from './unsubscribing.ts';

export interface PublicOptions {
  /** Live. */
  readonly config: Pick<Config, 'http'>;
  readonly loadTls: () => TlsMaterial;
  /** Answers TLS-ALPN-01 (acme/). */
  readonly alpn?: AlpnResponder | undefined;
  readonly reader: UnsubscribeReader;
  readonly unsubscribes: UnsubscribeWriter;
  readonly box: Pick<SecretBox, 'openSame' | 'keyIds' | 'hmacs'>;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests. */
  readonly timeouts?: HttpTimeouts;
}

/** A click is one connection with one request. */
const CONNECTIONS = { all: 1_000, perNetwork: 200, perAddress: 50, perAccount: 0, perKey: 0 };
/** The whole of a request; nothing moving on its connection. */
const TIMEOUTS: HttpTimeouts = { requestMs: 10_000, headersMs: 5_000, checkEveryMs: 1_000 };
const SILENT_MS = 15_000;
const STORE_MS = 8_000;

/** Rejects with BindError when a port cannot be opened (then none stays open), TlsError when the certificate is unusable. */
export async function startPublic(options: PublicOptions): Promise<HttpPorts> {
  const { config, clock, log } = options;
  const connections = new ConnectionRoom(CONNECTIONS);
  const handler = new PublicHandler(options);
  const asked = new WeakSet<Socket>();
  return await openHttpPorts({
    keys: 'http.public_listen and http.public_listen_tls',
    inherited: [],
    listen: config.http.publicListen,
    listenTls: config.http.publicListenTls,
    loadTls: options.loadTls,
    alpn: options.alpn,
    trustedProxies: config.http.trustedProxies,
    timeouts: options.timeouts ?? TIMEOUTS,
    connections,
    handle(request, response) {
      const { socket } = request;
      // The first answer closes the connection: what is pipelined behind gets none, and does nothing (RFC 9112 §9.6).
      if (asked.has(socket)) return;
      asked.add(socket);
      socket.setTimeout(SILENT_MS, () => socket.destroy());
      // RFC 9110 §10.1.1: not to a client of HTTP/1.0.
      if (request.headers.expect !== undefined && request.httpVersion !== '1.0') response.writeContinue();
      void handler.answer(request).then(
        (answer) => send(request, response, answer),
        // The client left, or the body did not come.
        () => socket.destroy(),
      );
    },
    clock,
    log,
  });
}

class PublicHandler {
  readonly #options: PublicOptions;
  readonly #context: UnsubscribingContext;
  readonly #rates = new LinkRates();
  readonly #strangers: ReturnType<typeof createStrangerLog>;

  constructor(options: PublicOptions) {
    const { reader, unsubscribes: writer, box, clock, log } = options;
    this.#options = options;
    this.#context = { reader, writer, hashes: addressHashesOf(box), clock, log };
    this.#strangers = createStrangerLog(log, clock);
  }

  /** Rejects when the request does not arrive whole. */
  async answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '' } = request;
    const path = readLinkPath(url);
    const link = path && openLinkToken(path.token, 'unsubscribe', this.#options.box);
    if (path === undefined || link === undefined) return this.#notKnown(request);
    if (method === 'GET' || method === 'HEAD')
      return await this.#fromStore(() => showLink({ path, link }, this.#context));
    return method === 'POST' ? await this.#post(request, { path, link }) : WRONG_METHOD;
  }

  async #post(request: IncomingMessage, known: LinkRequest): Promise<Answer> {
    const body = await readSmallBody(request, MAX_FORM_BYTES);
    if (body === undefined) return TOO_LARGE;
    if (!this.#rates.changes(known.path.token, this.#options.clock.now())) return TOO_OFTEN;
    const wish = readForm(body, request.headers['content-type']);
    return await this.#fromStore(() => changeByLink(known, wish, this.#context));
  }

  #notKnown(request: IncomingMessage): Answer {
    const { config, clock } = this.#options;
    const forwarded = request.headers['x-forwarded-for'];
    const header = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    const client = clientAddress(request.socket.remoteAddress, header, config.http.trustedProxies);
    this.#strangers.info('link not known', client, { method: request.method });
    return this.#rates.fails(client, clock.now()) ? NOT_KNOWN : TOO_OFTEN;
  }

  async #fromStore(work: () => Promise<Answer>): Promise<Answer> {
    const { clock, log } = this.#options;
    try {
      return await withTimeout(clock, STORE_MS, 'the store', work());
    } catch (error) {
      const isOurs = !(error instanceof StoreError) && !(error instanceof TimeoutError);
      log.error('link not answered', { reason: isOurs ? String(error) : error.message });
      return FAILED;
    }
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...PAGE_HEADERS,
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
