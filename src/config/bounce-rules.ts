/** Loads the rules by which replies are classified (policy/bounce-rules.ts says what stands in them). */
import { fileURLToPath } from 'node:url';
import { parseBounceRules, type BounceRules } from '../policy/bounce-rules.ts';
import { readDataFile } from './data-file.ts';

/** The file that comes with the program; the same place seen from src/ and from dist/. */
export const SHIPPED_BOUNCE_RULES = fileURLToPath(new URL('../../config/bounce-rules.toml', import.meta.url));

/**
 * The rules in force: the operator's own (`delivery.bounce_rules`) before those that come with the program. Throws
 * ConfigError. `readFile` throws when there is no such file.
 */
export function loadBounceRules(readFile: (path: string) => string, ownFile?: string): BounceRules {
  const files = ownFile === undefined ? [SHIPPED_BOUNCE_RULES] : [ownFile, SHIPPED_BOUNCE_RULES];
  return files.flatMap((file) => readDataFile(readFile, file, parseBounceRules));
}
