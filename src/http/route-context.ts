/**
 * Dependencies of the routes. A file in routes/ exports `register<Noun>Routes(app, context)`; it reads through
 * `reader`, writes through the writers, and touches only data of `request.credential.accountId`.
 */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Config } from '../config/config.ts';
import type { AdminContext } from '../admin/admin-context.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { Credential } from '../store/directory-records.ts';
import type { StoreReads, StoreWrites } from '../store/store.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import type { Exchange } from './exchange.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's API key, current. Set on every route that is not open. */
    credential: Credential;
    /** SHA-256 of the body's octets, where the request has an Idempotency-Key. */
    bodyHash: Uint8Array | undefined;
    /** The request's memory. */
    exchange: Exchange;
    /** Fastify's `routeOptions`, which it makes anew each time it is asked. */
    route: FastifyRequest['routeOptions'];
  }
}

/** Typed by the zod schemas of each route. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Has every role of the store that is written. */
export interface RouteContext extends StoreWrites {
  /** Short reads on this thread's own connection. */
  readonly reader: StoreReads;
  /** Limits, throttle and memory shared by SMTP and HTTP. */
  readonly acceptance: Acceptance;
  readonly box: SecretBox;
  readonly resolver: Resolver;
  /** As admin/admin-context.ts has it. */
  readonly openAuthority?: AdminContext['openAuthority'];
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
