/** What the looks at the surroundings (doctor/) are given, for relayd and relayctl alike. */
import { readFileSync } from 'node:fs';
import { loadBlocklists } from '../config/blocklists.ts';
import { ConfigError } from '../config/config-error.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { SurroundingsOptions } from '../doctor/surroundings.ts';
import type { Config } from '../config/config.ts';
import { systemRandom } from '../platform/random.ts';
import { systemClock } from '../platform/clock.ts';
import type { Resolver } from '../dns/resolver.ts';
import { StoreError } from '../store/errors.ts';
import { rightsWarnings } from './data-folder.ts';

/** `loaded`: as it is now; `config` of it is live in relayd. */
export function surroundingsOptions(
  config: Config,
  loaded: () => Pick<LoadedConfig, 'config' | 'sources' | 'file'>,
  resolver: Resolver,
): SurroundingsOptions {
  return {
    config,
    resolver,
    blocklists: () => blocklistsOf(config),
    fileRights: () => rightsFindings(loaded()),
    clock: systemClock,
    random: systemRandom,
  };
}

/** A faulty file of the operator's own: `config check` and the start say so; nothing is asked meanwhile. */
function blocklistsOf({ checks }: Config): ReturnType<typeof loadBlocklists> {
  try {
    return loadBlocklists((path) => readFileSync(path, 'utf8'), checks.blocklistsFile);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** What is refused as well: relayd may run for long after somebody changed it. */
function rightsFindings(loaded: Pick<LoadedConfig, 'config' | 'sources' | 'file'>): readonly string[] {
  try {
    return rightsWarnings(loaded);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unsafe') return error.message.split('\n');
    throw error;
  }
}
