/** Loads the blocklists that the checks ask (policy/blocklist-zones.ts defines them). */
import { fileURLToPath } from 'node:url';
import { parseBlocklists, type Blocklist } from '../policy/blocklist-zones.ts';
import { readDataFile } from './data-file.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_BLOCKLISTS = fileURLToPath(new URL('../../config/blocklists.toml', import.meta.url));

/**
 * The operator's own lists (`checks.blocklists`), else the shipped ones. Throws ConfigError. `readFile` throws when there is no
 * such file.
 */
export function loadBlocklists(
  readFile: (path: string) => string,
  ownFile: string | undefined,
): readonly Blocklist[] {
  return readDataFile(readFile, ownFile ?? SHIPPED_BLOCKLISTS, parseBlocklists);
}
