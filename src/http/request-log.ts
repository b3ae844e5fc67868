/** One line of the log for each request, when its answer is out or its client gone. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import type { Log } from '../platform/log.ts';
import { clientAddress } from './authenticate.ts';

export function logRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  elapsedMs: number,
  { log, strangers }: { readonly log: Log; readonly strangers: StrangerLog },
): void {
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
  if (credential === undefined && level === 'info') strangers.info('request', client, facts);
  else log[level]('request', { ...facts, client, credential: credential?.id });
}
