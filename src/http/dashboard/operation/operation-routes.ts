/**
 * `/ui/api/operation/…`: what is of the relay as a whole, and not of one account, for people with a role in every account. The API has
 * none of it. Every route here is `relayWide`; its scope says which roles may.
 */
import type { CheckResult } from '../../../policy/checks/registry.ts';
import type { HttpApp, RouteContext } from '../../route-context.ts';
import { registerOverviewRoutes } from './overview.ts';

export interface OperationContext extends RouteContext {
  readonly checks: () => Promise<readonly CheckResult[]>;
}

/** One call for each file beside this one. */
export function registerOperationRoutes(app: HttpApp, context: OperationContext): void {
  registerOverviewRoutes(app, context);
}
