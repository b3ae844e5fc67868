/**
 * The HTTP service: API, description, health and metrics, on every configured address. It starts completely or not at
 * all; stopping accepts no new connection, ends event streams, and lets requests in progress finish.
 */
import type { TlsMaterial } from '../smtp/server/tls-context.ts';
import type { PreviewReader } from '../preview/preview.ts';
import type { CertificateFacts } from '../policy/certificate.ts';
import { longestArrivalMs } from '../policy/least-rate.ts';
import { mayUse, stillValid } from './authenticate.ts';
import type { ConnectionMaxima } from './connection-room.ts';
import { isPerson } from './admin-context.ts';
import type { OperationFacts } from './dashboard/operation/operation-context.ts';
import { LazyDashboard } from './dashboard/lazy-dashboard.ts';
import { registerDocsPage } from './docs-page.ts';
import { EventStreams } from './event-streams.ts';
import { createHttpApp, type CreatedApp, type HttpAppOptions, type RegisteredRoute } from './http-app.ts';
import {
  defaultTimeouts,
  openHttpPorts,
  type AlpnResponder,
  type HttpAddress,
  type HttpTimeouts,
  type InheritedHttpListener,
} from './http-ports.ts';
import { messageBodyLimit } from './json-body.ts';
import { Metrics } from './metrics/metrics.ts';
import type { RelayFigures } from './metrics/relay-figures.ts';
import { RequestCounter } from './request-counter.ts';
import type { RouteContext } from './route-context.ts';
import { registerRoutes } from './route-table.ts';
import { EVENTS_SCOPE } from './routes/events.ts';
import { registerOperationRoutes } from './routes/operation.ts';

/** `checks`: for /readyz too, whether mail is accepted and delivered. The others: for the dashboard. */
export interface HttpOptions extends RouteContext, OperationFacts {
  /** Reads the certificate (tls-context.ts `openTls`) now, and at each {@link HttpService.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  /** Where there are some, no configured port is opened beside them. */
  readonly inheritedListeners?: readonly InheritedHttpListener[];
  /** Answers TLS-ALPN-01 (acme/). */
  readonly alpn?: AlpnResponder | undefined;
  /** The present certificate, for metrics; `undefined`: unknown. */
  readonly certificate?: () => CertificateFacts;
  /** Of the other parts of the relay, for metrics. */
  readonly figures?: () => Promise<RelayFigures>;
  /** Of the program. */
  readonly version: string;
  /** Reads messages for people who look at them. The caller keeps it. */
  readonly previews: PreviewReader;
  /** True while this node is to take no new mail; default: never. */
  readonly isDraining?: () => boolean;
  /** For tests; default: request-limits.ts. */
  readonly requestsPerMinute?: number;
  /** For tests; default: connection-room.ts. */
  readonly connectionMaxima?: ConnectionMaxima;
  /** For tests; default: http-ports.ts. */
  readonly timeouts?: HttpTimeouts;
  /** For tests; default: event-streams.ts. */
  readonly streamTimes?: { readonly keepAliveMs: number; readonly slowReaderMs: number };
}

export interface HttpService {
  /** Bound addresses, with the actual port for port 0. */
  readonly addresses: readonly HttpAddress[];
  /** All registered routes. */
  readonly routes: readonly RegisteredRoute[];
  /** Throws TlsError when the certificate is unusable; the old one stays. */
  reloadTls(): void;
  /** Applies settings that are not read at each request: the time limit of a message. */
  settingsChanged(): void;
  /** Resolves when the last connection is gone, shortly after `graceMs` at the latest. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Rejects with BindError when a port cannot be opened (then none stays open), TlsError when the certificate is
 * unusable.
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
  const { reader, clock, log, config, version } = options;
  const state = { draining: false };
  const counter = new RequestCounter();
  const appOptions = appOptionsOf(options, counter, () => state.draining);
  const { app, authentication, memory, exchanges, connections, routes } = createHttpApp(appOptions);
  const streams: EventStreams = new EventStreams({
    reader,
    clock,
    log,
    stillValid: async ({ credential, client }) => {
      if (isPerson(credential)) return await dashboard.stillMay(credential);
      const current = await stillValid(credential, authentication);
      return current !== undefined && mayUse(current, EVENTS_SCOPE, client);
    },
    ...options.streamTimes,
  });
  const dashboard = new LazyDashboard({
    ...{ ...appOptions, connections, streams, previews: options.previews },
    facts: { checks: options.checks, files: options.files, settings: options.settings },
  });
  const metrics = await metricsOf(options, { counter, streams, memory, exchanges });
  registerRoutes(app, options, streams, { sends: true });
  registerOperationRoutes(app, {
    authentication,
    metrics: async () => metrics.text(await options.checks()),
    checks: options.checks,
  });
  registerDocsPage(app, async () => {
    const { describeApi } = await import('./openapi.ts');
    return await describeApi(routes, version, config);
  });
  await app.ready();
  const { listen, listenTls } = config.http;
  const timeouts = () => options.timeouts ?? defaultTimeouts(longestArrivalMs(messageBodyLimit(config)));
  const ports = await openHttpPorts({
    keys: 'http.listen and http.listen_tls',
    whyNotClear:
      'API keys travel in clear over this address: put a TLS proxy before it, or use http.listen_tls',
    inherited: options.inheritedListeners ?? [],
    listen,
    listenTls,
    loadTls: options.loadTls,
    alpn: options.alpn,
    trustedProxies: config.http.trustedProxies,
    timeouts: timeouts(),
    connections,
    handle(request, response) {
      if (dashboard.takes(request)) dashboard.answer(request, response);
      else app.routing(request, response);
    },
    clock,
    log,
  });
  return {
    addresses: ports.addresses,
    routes,
    reloadTls: () => ports.reloadTls(),
    settingsChanged: () => ports.setTimeouts(timeouts()),
    async stop(graceMs) {
      state.draining = true;
      streams.stop();
      await ports.stop(graceMs);
      exchanges.stop();
      metrics.stop();
      await dashboard.stop();
      await app.close();
    },
  };
}

function appOptionsOf(
  options: HttpOptions,
  counter: RequestCounter,
  draining: () => boolean,
): HttpAppOptions {
  const { requestsPerMinute, connectionMaxima, isDraining } = options;
  const takesMail = () => isDraining?.() !== true;
  return { context: options, counter, draining, takesMail, requestsPerMinute, connectionMaxima };
}

async function metricsOf(
  { reader, clock, config, version, acceptance, certificate, figures }: HttpOptions,
  {
    counter,
    streams,
    memory,
    exchanges,
  }: Pick<CreatedApp, 'memory' | 'exchanges'> & {
    readonly counter: RequestCounter;
    readonly streams: EventStreams;
  },
): Promise<Metrics> {
  return new Metrics(
    {
      reader,
      counter,
      throttle: acceptance.throttle,
      clock,
      config,
      version,
      refusals: () => acceptance.refusals.counts,
      streams: () => streams.size,
      bodyBytes: () => memory.usedBytes,
      bodies: () => exchanges.arriving,
      certificate: certificate ?? (() => undefined),
      relay: figures,
    },
    await reader.lastEventSequence(),
  );
}
