/** Header fields of every answer: what browsers may do with it, the limits of the key, whether the connection stays. */
import { isPromise } from 'node:util/types';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import type { UsageLimiter } from '../intake/usage-limiter.ts';
import { expectsContinue } from './request-head.ts';
import type { LimitFields, RequestLimits } from './request-limits.ts';
import type { HttpApp } from './route-context.ts';

const SECURITY_HEADERS = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});
const HSTS = 'max-age=31536000';
/**
 * The rest of a refused body is read up to this size, so that the client gets the response; beyond it the connection
 * is closed.
 */
const MOST_DISCARDED_BYTES = 1024 * 1024;

export interface AnswerOptions {
  readonly requestLimits: RequestLimits;
  readonly usageLimits: Pick<UsageLimiter, 'standing'>;
  readonly clock: Clock;
  readonly draining: () => boolean;
}

export function completeAnswers(
  app: HttpApp,
  { requestLimits, usageLimits, clock, draining }: AnswerOptions,
): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of SECURITY_HEADERS) if (!reply.hasHeader(name)) void reply.header(name, value);
    if (request.protocol === 'https') void reply.header('strict-transport-security', HSTS);
    if (draining() || leavesUnread(request)) void reply.header('connection', 'close');
    const begin = (limits: LimitFields) => {
      void reply.headers(limits);
      request.exchange.answerBegins(sizeOf(payload), clock.monotonic());
      done(null, payload);
    };
    const credential = request.credential as typeof request.credential | undefined;
    const metered = request.route.config.unmetered !== true;
    const limits = credential && requestLimits.headers(credential, metered, usageLimits, clock.now());
    if (isPromise(limits)) limits.then(begin).catch(done);
    else begin(limits ?? {});
  });
}

/** Approximate octets of a response: characters beyond ASCII count as one. */
function sizeOf(payload: unknown): number {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload.length : 0;
}

/** An unread body: large, of unknown length, or never sent. */
function leavesUnread({ raw, headers }: FastifyRequest): boolean {
  if (raw.complete) return false;
  const declared = headers['content-length'];
  if (declared === undefined) return headers['transfer-encoding'] !== undefined;
  return expectsContinue(headers) || Number(declared) > MOST_DISCARDED_BYTES;
}
