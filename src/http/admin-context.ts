/** What the operations of admin/ work with when a request calls them: its key asks, and binds what it makes. */
import type { AdminContext } from '../admin/admin-context.ts';
import type { Credential } from '../store/directory-records.ts';
import { actorOf, type RouteContext } from './route-context.ts';

export function adminContext(
  context: RouteContext,
  request: { readonly credential: Credential },
): RouteContext & Pick<AdminContext, 'templateEngine' | 'actor' | 'holder'> {
  const { templateEngine } = context.acceptance;
  return { ...context, templateEngine, actor: actorOf(request), holder: request.credential };
}
