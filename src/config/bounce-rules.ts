/** Loads the rules that classify replies (policy/bounce-rules.ts defines them). */
import { fileURLToPath } from 'node:url';
import { parseBounceRules, type BounceRules } from '../policy/bounce-rules.ts';
import { readDataFile } from './data-file.ts';
import { linearPattern } from './linear-pattern.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_BOUNCE_RULES = fileURLToPath(new URL('../../config/bounce-rules.toml', import.meta.url));

/**
 * The operator's own rules (`delivery.bounce_rules`), then the shipped ones. Throws ConfigError. `readFile` throws
 * when there is no such file.
 */
export function loadBounceRules(readFile: (path: string) => string, ownFile?: string): BounceRules {
  const files = ownFile === undefined ? [SHIPPED_BOUNCE_RULES] : [ownFile, SHIPPED_BOUNCE_RULES];
  return files.flatMap((file) =>
    readDataFile(readFile, file, (text) =>
      file === ownFile ? parseBounceRules(text, linearPattern) : parseBounceRules(text),
    ),
  );
}
