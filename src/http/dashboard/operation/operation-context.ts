/** What the routes of the relay as a whole work with. */
import type { DataFiles } from '../../../config/config.ts';
import type { SettingsInForce } from '../../../config/settings-in-force.ts';
import type { CheckResult } from '../../../policy/checks/registry.ts';
import type { RouteContext } from '../../route-context.ts';

/** What the relay knows of itself, beside its store. */
export interface OperationFacts {
  readonly checks: () => Promise<readonly CheckResult[]>;
  /** The files of rules, as they are in force. */
  readonly files: () => Pick<DataFiles, 'providers' | 'shaping' | 'warmUpPlans' | 'bounceRules'>;
  readonly settings: () => SettingsInForce;
}

export interface OperationContext extends RouteContext, OperationFacts {}
