/**
 * Who is let in, and how far: head, key and scope, limits, then the body, then the key again, for a body may take minutes.
 * The order of the hooks here is the order in which a request passes them.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, unavailable } from './api-error.ts';
import type { Clock } from '../platform/clock.ts';
import type { Credential } from '../store/directory-records.ts';
import type { ConnectionRoom } from './connection-room.ts';
import type { Exchanges } from './exchanges.ts';
import type { KnownPaths } from './known-paths.ts';
import { expectsContinue, headProblem } from './request-head.ts';
import type { RequestLimits } from './request-limits.ts';
import type { HttpApp } from './route-context.ts';
import type { Scope } from './scopes.ts';

const DRAINING_RETRY_SECONDS = 5;

/** Whose a request is, and whether it may use a route. Both reject with ApiError. */
export interface Doorkeeper {
  admit(request: FastifyRequest, scope: Scope): Promise<Credential>;
  /** When the body has arrived, possibly minutes later. `anew`: read from the store, else as known within the last second. */
  admitAgain(request: FastifyRequest, scope: Scope, anew: boolean): Promise<Credential>;
}

export interface AdmissionOptions {
  readonly doorkeeper: Doorkeeper;
  readonly clock: Clock;
  readonly limits: RequestLimits;
  readonly exchanges: Exchanges;
  readonly connections: ConnectionRoom;
  readonly paths: KnownPaths;
  /** False while requests that send are answered 503. */
  readonly takesMail: () => boolean;
  /** The answer is out, or its client gone. */
  readonly ended: (request: FastifyRequest, reply: FastifyReply, elapsedMs: number) => void;
}

export function admitRequests(app: HttpApp, options: AdmissionOptions): void {
  const { doorkeeper, clock, limits, exchanges, connections, paths, takesMail } = options;

  app.addHook('onRequest', async (request, reply) => {
    request.route = request.routeOptions;
    const startMs = clock.monotonic();
    request.exchange = exchanges.begin(request.raw, reply.raw);
    connections.begin(request.raw.socket);
    // Called once, after the response or the loss of the client.
    reply.raw.once('close', () => {
      exchanges.end(request.exchange);
      connections.end(request.raw.socket);
      options.ended(request, reply, clock.monotonic() - startMs);
    });
    void reply.header('x-request-id', request.id);
    const { scope, unmetered, takesMessage } = request.route.config;
    refuseHead(request);
    if (scope !== undefined) {
      request.credential = await doorkeeper.admit(request, scope);
      request.exchange.belongsTo(request.credential);
      connections.belongsTo(request.raw.socket, request.credential);
      if (unmetered !== true) limits.take(request.credential, clock.now());
    }
    if (takesMessage === true && !takesMail())
      throw unavailable(
        'this node takes no new mail: try again, a balancer will find another',
        DRAINING_RETRY_SECONDS,
      );
    // Not writable: the body is not read.
    if (request.is404) throw nothingThere(request, paths.methodsOf(request.url));
    // Only now does a client with Expect: 100-continue get its go-ahead. RFC 9110 §10.1.1.
    if (expectsContinue(request.headers)) reply.raw.writeContinue();
  });

  // The body is complete; a key that was revoked meanwhile is refused.
  app.addHook('preValidation', (request, _reply, done) => {
    const { scope, asksOnAccept } = request.route.config;
    if (scope === undefined || !hasBody(request)) {
      done();
      return;
    }
    // A repeat is answered without a transaction.
    const anew = asksOnAccept !== true || request.headers['idempotency-key'] !== undefined;
    doorkeeper.admitAgain(request, scope, anew).then((credential) => {
      request.credential = credential;
      done();
    }, done);
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
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
