/**
 * `/ui/api/operation/…`: what is of the relay as a whole, and not of one account, for people with a role in every account. The API has
 * none of it. Every route here is `relayWide`; its scope says which roles may.
 */
import type { HttpApp } from '../../route-context.ts';
import type { OperationContext } from './operation-context.ts';
import { registerOverviewRoutes } from './overview.ts';
import { registerPersonNamesRoutes } from './person-names.ts';
import { registerQueueChangesRoutes } from './queue-changes.ts';
import { registerQueueNowRoutes } from './queue-now.ts';
import { registerQueueRoutes } from './queue.ts';
import { registerRefusedRoutes } from './refused.ts';
import { registerReportsRoutes } from './reports.ts';
import { registerRoutesRoutes } from './routes.ts';
import { registerSettingsRoutes } from './settings.ts';
import { registerSourcesRoutes } from './sources.ts';

/** One call for each file beside this one. */
export function registerOperationRoutes(app: HttpApp, context: OperationContext): void {
  registerOverviewRoutes(app, context);
  registerPersonNamesRoutes(app, context);
  registerQueueNowRoutes(app, context);
  registerQueueRoutes(app, context);
  registerQueueChangesRoutes(app, context);
  registerRefusedRoutes(app, context);
  registerReportsRoutes(app, context);
  registerRoutesRoutes(app, context);
  registerSettingsRoutes(app, context);
  registerSourcesRoutes(app, context);
}
