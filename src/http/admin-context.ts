/** What the operations of admin/ work with when a request calls them: its key asks, and binds what it makes. */
import type { FastifyRequest } from 'fastify';
import type { AdminContext } from '../admin/admin-context.ts';
import { formatActor } from '../policy/actor.ts';
import { clientAddress } from './authenticate.ts';
import type { RouteContext } from './route-context.ts';

export function adminContext(
  context: RouteContext,
  request: Pick<FastifyRequest, 'credential' | 'ip'>,
): RouteContext & Pick<AdminContext, 'templateEngine' | 'actor' | 'holder'> {
  const { templateEngine } = context.acceptance;
  const { credential } = request;
  const actor = formatActor({ kind: 'api', name: credential.id, origin: clientAddress(request) });
  return { ...context, templateEngine, actor, holder: credential };
}
