/** Loads the rules by which replies are classified (policy/bounce-rules.ts says what stands in them). */
import { fileURLToPath } from 'node:url';
import { isBounceRules, parseBounceRules } from '../policy/bounce-rules.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import { ConfigError } from './config-error.ts';
import { reason } from './read-environment.ts';

/** The file that comes with the program; the same place seen from src/ and from dist/. */
export const SHIPPED_BOUNCE_RULES = fileURLToPath(new URL('../../config/bounce-rules.toml', import.meta.url));

/**
 * The rules in force: the operator's own (`delivery.bounce_rules`) before those that come with the program. Throws
 * {@link ConfigError}. `readFile` throws when there is no such file.
 */
export function loadBounceRules(readFile: (path: string) => string, ownFile?: string): BounceRules {
  const own = ownFile === undefined ? [] : readRules(readFile, ownFile);
  return [...own, ...readRules(readFile, SHIPPED_BOUNCE_RULES)];
}

function readRules(readFile: (path: string) => string, file: string): BounceRules {
  const refuse = (key: string | undefined, message: string) => {
    const place = { file, line: undefined, variable: undefined };
    return new ConfigError([{ ...place, key, message, accepted: undefined }]);
  };
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw refuse(undefined, `cannot read ${file}: ${reason(error)}`);
  }
  const rules = parseBounceRules(text);
  if (!isBounceRules(rules)) throw refuse(rules.at, `expected ${rules.expected}`);
  return rules;
}
