/**
 * The HTTP application without its sockets: Fastify with our own body reading, validation, errors, keys, limits,
 * headers and log. A request passes, in this order: head, key and scope, limits, body, key again, schema, handler.
 * Responses and logs never contain content or secrets, and internal errors are reported generically.
 */
import { fastify, type FastifySchema, type FastifySerializerCompiler } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { makeId } from '../platform/ids.ts';
import { visibleJson, visibleLines } from '../platform/visible-text.ts';
import { admitRequests, type Doorkeeper } from './admit-request.ts';
import { answerErrors, JSON_TYPE } from './answer-error.ts';
import { completeAnswers } from './answer-headers.ts';
import { ApiError } from './api-error.ts';
import { authenticate, authenticateAgain, type AuthenticationOptions } from './authenticate.ts';
import { BodyMemory } from './body-memory.ts';
import { ConnectionRoom, type ConnectionMaxima } from './connection-room.ts';
import { Exchanges } from './exchanges.ts';
import { messageBodyLimit, readJsonBodies, SMALL_BODY_BYTES } from './json-body.ts';
import { createKnownPaths, type KnownPaths } from './known-paths.ts';
import { RequestLimits } from './request-limits.ts';
import type { RequestCounter } from './request-counter.ts';
import { logRequest } from './request-log.ts';
import type { HttpApp, RouteContext } from './route-context.ts';
import { MAX_SUPPRESSED_CHARS } from './schemas.ts';
import type { Scope } from './scopes.ts';
import { compileValidator, OWN_COMPILERS_ONLY } from './validation.ts';

export interface HttpAppOptions {
  readonly context: RouteContext;
  readonly counter: RequestCounter;
  /** True once the service is stopping. */
  readonly draining: () => boolean;
  /** False while requests that send are answered 503. */
  readonly takesMail: () => boolean;
  /** Default: request-limits.ts. */
  readonly requestsPerMinute?: number | undefined;
  /** Default: connection-room.ts. */
  readonly connectionMaxima?: ConnectionMaxima | undefined;
  /** Of another application on the same sockets; default: its own. */
  readonly connections?: ConnectionRoom | undefined;
  /** Default: by API key. */
  readonly doorkeeper?: Doorkeeper | undefined;
}

/** Bodies in memory; with large messages four of the largest, so that a key's share has space for one. */
const BODY_MEMORY_BYTES = 256 * 1024 * 1024;
const LARGEST_MESSAGES = 4;
/** The longest path parameter is the address of a suppression, percent-encoded. */
const MAX_PARAM_CHARS = 3 * MAX_SUPPRESSED_CHARS;

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
  const { context, counter, draining, takesMail } = options;
  const { clock, config, log, acceptance } = context;
  const app = createFastify(context);
  const authentication = authenticationOf(context);
  const limits = new RequestLimits(options.requestsPerMinute);
  const memory = new BodyMemory(() =>
    Math.max(BODY_MEMORY_BYTES, LARGEST_MESSAGES * messageBodyLimit(config)),
  );
  const exchanges = new Exchanges(memory, clock);
  const connections = options.connections ?? new ConnectionRoom(options.connectionMaxima);
  const paths = createKnownPaths();

  app.setValidatorCompiler<z.ZodType>(compileValidator);
  app.setSerializerCompiler(visibleSerializer);
  readJsonBodies(app, config);
  // Declared at the start, so that all requests have the same shape.
  app.decorateRequest('credential', undefined as never);
  app.decorateRequest('bodyHash', undefined);
  app.decorateRequest('exchange', undefined as never);
  app.decorateRequest('route', undefined as never);

  const routes = keepRoutes(app, paths);
  const ended: Parameters<typeof admitRequests>[1]['ended'] = (request, reply, elapsedMs) => {
    counter.count(reply.raw.statusCode, elapsedMs, request.route.config.streams);
    logRequest(request, reply, elapsedMs, { log, strangers: acceptance.strangers });
  };
  const doorkeeper = options.doorkeeper ?? byApiKey(authentication);
  admitRequests(app, { doorkeeper, clock, limits, exchanges, connections, paths, takesMail, ended });
  completeAnswers(app, { requestLimits: limits, usageLimits: acceptance.limits, clock, draining });
  answerErrors(app, log);
  return { app, authentication, memory, exchanges, connections, routes };
}

function createFastify({ clock, random, config }: RouteContext): HttpApp {
  const { trustedProxies } = config.http;
  return fastify({
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
}

function authenticationOf({ reader, box, acceptance, clock, log }: RouteContext): AuthenticationOptions {
  const { throttle, strangers, uses, rehashes } = acceptance;
  return { directory: reader, box, throttle, clock, log, strangers, uses, rehashes };
}

function byApiKey(authentication: AuthenticationOptions): Doorkeeper {
  return {
    admit: (request, scope) => authenticate(request, scope, authentication),
    admitAgain: (request, scope, anew) => authenticateAgain(request, scope, authentication, anew),
  };
}

/** A list that grows as routes are registered. One that neither names a scope nor is open does not start. */
function keepRoutes(app: HttpApp, paths: KnownPaths): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.addHook('onRoute', ({ url, method, schema, config: route }) => {
    if ((route?.scope === undefined) === (route?.open === undefined))
      throw new Error(`route ${String(method)} ${url} has to name a scope, or be open`);
    paths.add(url, [method].flat());
    for (const one of [method].flat()) routes.push({ method: one, url, scope: route?.scope, schema });
  });
  return routes;
}

/** Validated data with control characters escaped. */
const visibleSerializer: FastifySerializerCompiler<z.ZodType> = (route) => {
  const write = serializerCompiler(route);
  return (data) => visibleLines(write(data));
};
