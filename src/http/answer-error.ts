/** What a request that failed is answered. What is our own fault goes to the log, and never explains itself to a client. */
import type { FastifyRequest } from 'fastify';
import { visibleJson } from '../platform/visible-text.ts';
import type { Log } from '../platform/log.ts';
import { ApiError, ofStoreError, ofTemplateEngineError } from './api-error.ts';
import type { HttpApp } from './route-context.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

export function answerErrors(app: HttpApp, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error, request);
    if (answer.statusCode === 500) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error('internal error', { request: request.id, route: request.route.url, reason });
    }
    void reply.code(answer.statusCode).headers(answer.headers).type(JSON_TYPE);
    return reply.serializer((body: object) => visibleJson(body)).send(answer.toJSON());
  });
}

/** Fastify's own refusals by code; anything else is an internal error. */
function answerTo(error: unknown, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error;
  const known = ofStoreError(error) ?? ofTemplateEngineError(error);
  if (known !== undefined) return known;
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const given = (request.headers['content-type'] ?? 'none').slice(0, 100);
    const message = `Content-Type ${given} is not taken; accepted: application/json`;
    return new ApiError(415, 'unsupported-media-type', message);
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new ApiError(statusCode, 'invalid-request', 'the request could not be read');
  return new ApiError(500, 'internal', 'internal error; see the log of the relay', {
    cause: error,
  });
}
