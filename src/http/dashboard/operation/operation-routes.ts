/**
 * `/ui/api/operation/…`: what is of the relay as a whole, and not of one account, for people with a role in every account. The API has
 * none of it. Every route here is `relayWide`; its scope says which roles may.
 */
import type { DataFiles } from '../../../config/config.ts';
import type { SettingsInForce } from '../../../config/settings-in-force.ts';
import type { CheckResult } from '../../../policy/checks/registry.ts';
import type { HttpApp, RouteContext } from '../../route-context.ts';
import { registerOverviewRoutes } from './overview.ts';
import { registerPersonNamesRoutes } from './person-names.ts';
import { registerQueueNowRoutes } from './queue-now.ts';
import { registerRefusedRoutes } from './refused.ts';
import { registerReportsRoutes } from './reports.ts';
import { registerRoutesRoutes } from './routes.ts';
import { registerSettingsRoutes } from './settings.ts';
import { registerSourcesRoutes } from './sources.ts';

/** What the relay knows of itself, beside its store. */
export interface OperationFacts {
  readonly checks: () => Promise<readonly CheckResult[]>;
  /** The files of rules, as they are in force. */
  readonly files: () => Pick<DataFiles, 'providers' | 'shaping' | 'warmUpPlans' | 'bounceRules'>;
  readonly settings: () => SettingsInForce;
}

export interface OperationContext extends RouteContext, OperationFacts {}

/** One call for each file beside this one. */
export function registerOperationRoutes(app: HttpApp, context: OperationContext): void {
  registerOverviewRoutes(app, context);
  registerPersonNamesRoutes(app, context);
  registerQueueNowRoutes(app, context);
  registerRefusedRoutes(app, context);
  registerReportsRoutes(app, context);
  registerRoutesRoutes(app, context);
  registerSettingsRoutes(app, context);
  registerSourcesRoutes(app, context);
}
