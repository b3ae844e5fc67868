/** Loads the plans for warm-up (policy/egress/warm-up-plans.ts defines them). */
import { fileURLToPath } from 'node:url';
import { parseWarmUpPlans, type WarmUpPlan } from '../policy/egress/warm-up-plans.ts';
import { readDataFile } from './data-file.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_WARM_UP_PLANS = fileURLToPath(new URL('../../config/warm-up.toml', import.meta.url));

/** Throws ConfigError. `readFile` throws when there is no such file. */
export function loadWarmUpPlans(readFile: (path: string) => string): readonly WarmUpPlan[] {
  return readDataFile(readFile, SHIPPED_WARM_UP_PLANS, parseWarmUpPlans);
}
