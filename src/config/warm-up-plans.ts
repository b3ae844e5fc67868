/** Loads the plans for warm-up (policy/egress/warm-up-plans.ts defines them), and looks for names in them. */
import { fileURLToPath } from 'node:url';
import { parseWarmUpPlans, type WarmUpPlan } from '../policy/egress/warm-up-plans.ts';
import type { EgressConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readDataFile } from './data-file.ts';
import { nearestName } from './nearest-name.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_WARM_UP_PLANS = fileURLToPath(new URL('../../config/warm-up.toml', import.meta.url));

/** Throws ConfigError. `readFile` throws when there is no such file. */
export function loadWarmUpPlans(readFile: (path: string) => string): readonly WarmUpPlan[] {
  return readDataFile(readFile, SHIPPED_WARM_UP_PLANS, parseWarmUpPlans);
}

/** Throws ConfigError where a source names a plan that there is not. */
export function refuseUnknownPlans({ sources }: EgressConfig, plans: readonly WarmUpPlan[]): void {
  const known = plans.map(({ name }) => name);
  const problems = sources.flatMap(({ name, warmUp }) => {
    if (warmUp === undefined || known.includes(warmUp.plan)) return [];
    const meant = nearestName(warmUp.plan, known);
    return {
      ...{ file: undefined, line: undefined, variable: undefined, key: `source.${name}.warm_up` },
      message: `there is no plan "${warmUp.plan}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
      accepted: meant === undefined ? known.join(', ') : undefined,
    };
  });
  if (problems.length > 0) throw new ConfigError(problems);
}
