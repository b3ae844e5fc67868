/**
 * The HTTP service: the API, its description, health and metrics, on every configured address. It starts whole or not at
 * all; stopping takes no new connection, ends event streams, and lets requests that are under way get their answers.
 */
import type { TlsMaterial } from '../listener/tls-context.ts';
import { createHttpApp } from './http-app.ts';
import { openHttpPorts, type HttpAddress } from './http-ports.ts';
import { RequestCounter } from './request-counter.ts';
import type { HttpApp, RouteContext } from './route-context.ts';
import { IdempotentRequests } from './idempotent-requests.ts';
import { registerBatchRoutes } from './routes/batch.ts';
import { registerSendRoutes } from './routes/send.ts';
import { registerStreamsRoutes } from './routes/streams.ts';

export interface HttpOptions extends RouteContext {
  /** Reads the certificate (tls-context.ts `openTls`): now, and at each {@link HttpService.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  /** For tests; default: request-limits.ts. */
  readonly requestsPerMinute?: number;
}

export interface HttpService {
  /** What is bound, with the real port where 0 was asked for. */
  readonly addresses: readonly HttpAddress[];
  /** Throws TlsError when the certificate is no good, and the old one stays. */
  reloadTls(): void;
  /** Resolves when the last connection is gone, at the latest shortly after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Rejects with BindError when a port can't be opened (then none stays open), TlsError when the certificate is no good. */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
  const state = { draining: false };
  const counter = new RequestCounter();
  const app = createHttpApp({
    context: options,
    counter,
    draining: () => state.draining,
    requestsPerMinute: options.requestsPerMinute,
  });
  registerRoutes(app, options);
  await app.ready();
  const { listen, listenTls } = options.config.http;
  const ports = await openHttpPorts({
    listen,
    listenTls,
    loadTls: options.loadTls,
    handle: (request, response) => app.routing(request, response),
    clock: options.clock,
    log: options.log,
  });
  return {
    addresses: ports.addresses,
    reloadTls: () => ports.reloadTls(),
    async stop(graceMs) {
      state.draining = true;
      await ports.stop(graceMs);
      await app.close();
    },
  };
}

/** Every route there is. A noun's file in routes/ is named here once. */
export function registerRoutes(app: HttpApp, context: RouteContext): void {
  // One for both: a key stands for one request, whichever it is.
  const idempotent = new IdempotentRequests(context.reader, context.clock);
  registerSendRoutes(app, context, idempotent);
  registerBatchRoutes(app, context, idempotent);
  registerStreamsRoutes(app, context);
}
