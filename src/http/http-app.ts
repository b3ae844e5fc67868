/**
 * The HTTP application without its sockets: Fastify with our own body reading, validation, errors, keys, limits,
 * headers and log. A request passes, in this order: head, key and scope, limits, body, key again, schema, handler.
 * Responses and logs never contain content or secrets, and internal errors are reported generically.
 */
import {
  fastify,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
  type FastifySerializerCompiler,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { makeId } from '../platform/ids.ts';
import { visibleJson, visibleLines } from '../platform/visible-text.ts';
import { ApiError, ofStoreError, ofTemplateEngineError } from './api-error.ts';
import {
  authenticate,
  authenticateAgain,
  clientAddress,
  type AuthenticationOptions,
} from './authenticate.ts';
import { BodyMemory } from './body-memory.ts';
import { ConnectionRoom, type ConnectionMaxima } from './connection-room.ts';
import { Exchanges } from './exchanges.ts';
import { messageBodyLimit, readJsonBodies, SMALL_BODY_BYTES } from './json-body.ts';
import { createKnownPaths } from './known-paths.ts';
import { headProblem } from './request-head.ts';
import { RequestLimits } from './request-limits.ts';
import type { RequestCounter } from './request-counter.ts';
import type { HttpApp, RouteContext } from './route-context.ts';
import { MAX_SUPPRESSED_CHARS } from './schemas.ts';
import type { Scope } from './scopes.ts';
import { compileValidator, OWN_COMPILERS_ONLY } from './validation.ts';

export interface HttpAppOptions {
  readonly context: RouteContext;
  readonly counter: RequestCounter;
  /** True once the service is stopping. */
  readonly draining: () => boolean;
  /** Default: request-limits.ts. */
  readonly requestsPerMinute?: number | undefined;
  /** Default: connection-room.ts. */
  readonly connectionMaxima?: ConnectionMaxima | undefined;
}

/** Bodies in memory; with large messages four of the largest, so that a key's share has space for one. */
const BODY_MEMORY_BYTES = 256 * 1024 * 1024;
const LARGEST_MESSAGES = 4;
/**
 * The rest of a refused body is read up to this size, so that the client gets the response; beyond it the connection
 * is closed.
 */
const MOST_DISCARDED_BYTES = 1024 * 1024;
/** The longest path parameter is the address of a suppression, percent-encoded. */
const MAX_PARAM_CHARS = 3 * MAX_SUPPRESSED_CHARS;

const SECURITY_HEADERS = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});
const JSON_TYPE = 'application/json; charset=utf-8';
const HSTS = 'max-age=31536000';

/** With what routes and service share. */
export interface CreatedApp {
  readonly app: HttpApp;
  readonly authentication: AuthenticationOptions;
  readonly memory: BodyMemory;
  readonly exchanges: Exchanges;
  readonly connections: ConnectionRoom;
  /** Grows as routes are registered. */
  readonly routes: readonly RegisteredRoute[];
}

/** `scope`: `undefined` for public routes. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly scope: Scope | undefined;
  readonly schema: FastifySchema | undefined;
}

export function createHttpApp(options: HttpAppOptions): CreatedApp {
  const { context, counter, draining } = options;
  const { clock, random, config, log } = context;
  const { trustedProxies } = config.http;
  const app = fastify({
    logger: false,
    genReqId: () => makeId('req_', clock.now(), random),
    requestIdHeader: false,
    bodyLimit: SMALL_BODY_BYTES,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: MAX_PARAM_CHARS, ignoreTrailingSlash: false },
    return503OnClosing: false,
    schemaController: OWN_COMPILERS_ONLY,
    frameworkErrors: (_error, _request, reply) => {
      // Before routing, so no route's types apply.
      const answer = new ApiError(400, 'invalid-request', 'the path is not valid');
      reply.hijack();
      reply.raw.writeHead(400, { 'content-type': JSON_TYPE }).end(visibleJson(answer.toJSON()));
    },
  }).withTypeProvider<ZodTypeProvider>();
  const authentication: AuthenticationOptions = {
    directory: context.reader,
    box: context.box,
    throttle: context.acceptance.throttle,
    clock,
    log,
    strangers: context.acceptance.strangers,
  };
  const limits = new RequestLimits(options.requestsPerMinute);
  const memory = new BodyMemory(() =>
    Math.max(BODY_MEMORY_BYTES, LARGEST_MESSAGES * messageBodyLimit(config)),
  );
  const exchanges = new Exchanges(memory, clock);
  const connections = new ConnectionRoom(options.connectionMaxima);
  const paths = createKnownPaths();
  const routes: RegisteredRoute[] = [];

  app.setValidatorCompiler<z.ZodType>(compileValidator);
  app.setSerializerCompiler(visibleSerializer);
  readJsonBodies(app, config);
  // Declared at the start, so that all requests have the same shape.
  app.decorateRequest('credential', undefined as never);
  app.decorateRequest('bodyHash', undefined);
  app.decorateRequest('exchange', undefined as never);
  app.decorateRequest('route', undefined as never);

  app.addHook('onRoute', ({ url, method, schema, config: route }) => {
    if ((route?.scope === undefined) === (route?.open === undefined))
      throw new Error(`route ${String(method)} ${url} has to name a scope, or be open`);
    paths.add(url, [method].flat());
    for (const one of [method].flat()) routes.push({ method: one, url, scope: route?.scope, schema });
  });

  // The order of hooks and their contents is the order in the opening comment.
  app.addHook('onRequest', async (request, reply) => {
    request.route = request.routeOptions;
    const startMs = clock.monotonic();
    request.exchange = exchanges.begin(request.raw, reply.raw);
    connections.begin(request.raw.socket);
    // Called once, after the response or the loss of the client.
    reply.raw.once('close', () => ended(request, reply, clock.monotonic() - startMs));
    void reply.header('x-request-id', request.id);
    const { scope, unmetered } = request.route.config;
    refuseHead(request);
    if (scope !== undefined) {
      request.credential = await authenticate(request, scope, authentication);
      request.exchange.belongsTo(request.credential);
      connections.belongsTo(request.raw.socket, request.credential);
      if (unmetered !== true) limits.take(request.credential, clock.now());
    }
    // Not writable: the body is not read.
    if (request.is404) throw nothingThere(request, paths.methodsOf(request.url));
    // Only now does a client with Expect: 100-continue get its go-ahead. RFC 9110 §10.1.1.
    if (expectsContinue(request)) reply.raw.writeContinue();
  });

  // The body is complete; a key that was revoked meanwhile is refused.
  app.addHook('preValidation', async (request) => {
    const { scope, asksOnAccept } = request.route.config;
    // A repeat is answered without a transaction.
    const anew = asksOnAccept !== true || request.headers['idempotency-key'] !== undefined;
    if (scope !== undefined && hasBody(request))
      request.credential = await authenticateAgain(request, scope, authentication, anew);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    for (const [name, value] of SECURITY_HEADERS) if (!reply.hasHeader(name)) void reply.header(name, value);
    if (request.protocol === 'https') void reply.header('strict-transport-security', HSTS);
    if (draining() || leavesUnread(request)) void reply.header('connection', 'close');
    const credential = request.credential as typeof request.credential | undefined;
    if (credential !== undefined) {
      const metered = request.route.config.unmetered !== true;
      void reply.headers(await limits.headers(credential, metered, context.acceptance.limits, clock.now()));
    }
    request.exchange.answerBegins(sizeOf(payload), clock.monotonic());
    return payload;
  });

  function ended(request: FastifyRequest, reply: FastifyReply, elapsedMs: number): void {
    exchanges.end(request.exchange);
    connections.end(request.raw.socket);
    counter.count(reply.raw.statusCode, elapsedMs);
    logRequest(request, reply, elapsedMs);
  }

  function logRequest(request: FastifyRequest, reply: FastifyReply, elapsedMs: number): void {
    // Probes come every few seconds and are not interesting.
    const level = request.route.config.open === true ? 'debug' : 'info';
    if (!log.enabled(level)) return;
    const credential = request.credential as typeof request.credential | undefined;
    const facts = {
      request: request.id,
      method: request.method,
      // The pattern, not the path, which may contain an address.
      route: request.route.url ?? '(none)',
      status: reply.raw.statusCode,
      // The client did not wait for the response.
      aborted: reply.raw.writableFinished ? undefined : true,
      duration_ms: Math.round(elapsedMs * 10) / 10,
    };
    const client = clientAddress(request);
    if (credential === undefined && level === 'info')
      context.acceptance.strangers.info('request', client, facts);
    else log[level]('request', { ...facts, client, credential: credential?.id });
  }

  app.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error, request);
    if (answer.statusCode === 500) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error('internal error', { request: request.id, route: request.route.url, reason });
    }
    void reply.code(answer.statusCode).headers(answer.headers).type(JSON_TYPE);
    return reply.serializer((body: object) => visibleJson(body)).send(answer.toJSON());
  });
  return { app, authentication, memory, exchanges, connections, routes };
}

/** Wrong method, or unknown path. */
function nothingThere({ method }: FastifyRequest, methods: readonly string[]): ApiError {
  const allow = methods.join(', ');
  if (methods.length === 0)
    return new ApiError(404, 'not-found', 'there is nothing at this path; the API is described at /docs');
  return new ApiError(405, 'method-not-allowed', `${method} is not possible here; accepted: ${allow}`, {
    headers: { allow },
  });
}

/** Approximate octets of a response: characters beyond ASCII count as one. */
function sizeOf(payload: unknown): number {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload.length : 0;
}

/** An unread body: large, of unknown length, or never sent. */
function leavesUnread(request: FastifyRequest): boolean {
  const { raw, headers } = request;
  if (raw.complete) return false;
  const declared = headers['content-length'];
  if (declared === undefined) return headers['transfer-encoding'] !== undefined;
  return expectsContinue(request) || Number(declared) > MOST_DISCARDED_BYTES;
}

/** Validated data with control characters escaped. */
const visibleSerializer: FastifySerializerCompiler<z.ZodType> = (route) => {
  const write = serializerCompiler(route);
  return (data) => visibleLines(write(data));
};

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

function expectsContinue({ headers }: FastifyRequest): boolean {
  return headers.expect?.toLowerCase() === '100-continue';
}

/** Refuses ambiguous heads and compressed bodies. */
function refuseHead({ raw, headers }: FastifyRequest): void {
  const problem = headProblem(raw);
  if (problem !== undefined)
    throw new ApiError(400, 'invalid-request', problem, { headers: { connection: 'close' } });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new ApiError(
      415,
      'unsupported-media-type',
      `Content-Encoding ${encoding} is not taken; send the body as it is`,
    );
}

/** Fastify's own refusals by code; anything else is an internal error. */
function answerTo(error: unknown, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error;
  const known = ofStoreError(error) ?? ofTemplateEngineError(error);
  if (known !== undefined) return known;
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': {
      const given = request.headers['content-type'] ?? 'none';
      return new ApiError(
        415,
        'unsupported-media-type',
        `Content-Type ${given.slice(0, 100)} is not taken; accepted: application/json`,
      );
    }
    default:
      if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
        return new ApiError(statusCode, 'invalid-request', 'the request could not be read');
      return new ApiError(500, 'internal', 'internal error; see the log of the relay', {
        cause: error,
      });
  }
}
