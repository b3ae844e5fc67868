/** What the operations of admin/ work with when a request calls them: its key asks, and binds what it makes. */
import type { FastifyRequest } from 'fastify';
import type { AdminContext } from '../admin/admin-context.ts';
import { formatActor } from '../policy/actor.ts';
import { clientAddress } from './authenticate.ts';
import type { Credential } from '../store/directory-records.ts';
import type { RouteContext } from './route-context.ts';

/** Of a person who uses the dashboard (dashboard/person-doorkeeper.ts), not a key. */
export function isPerson({ id }: Pick<Credential, 'id'>): boolean {
  return id.startsWith('usr_');
}

export function adminContext(
  context: RouteContext,
  request: Pick<FastifyRequest, 'credential' | 'ip'>,
): RouteContext & Pick<AdminContext, 'templateEngine' | 'actor' | 'holder'> {
  const { templateEngine } = context.acceptance;
  const { credential } = request;
  const kind = isPerson(credential) ? 'user' : 'api';
  const actor = formatActor({ kind, name: credential.id, origin: clientAddress(request) });
  return { ...context, templateEngine, actor, holder: credential };
}
