/** The options of the looks at the surroundings (doctor/), for relayd and relayctl. */
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/config.ts';
import type { SurroundingsOptions } from '../doctor/surroundings.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { StoreError } from '../store/errors.ts';
import { rightsWarnings } from './data-folder.ts';

export interface SurroundingsSources extends Pick<SurroundingsOptions, 'resolver' | 'blocklists'> {
  /** In relayd live (config/live-config.ts). */
  readonly config: Config;
  /** As it was read last. */
  readonly loaded: () => LoadedConfig;
}

export function surroundingsOptions({ config, loaded, resolver, blocklists }: SurroundingsSources) {
  return {
    config,
    resolver,
    blocklists,
    fileRights: () => rightsFindings(loaded()),
    clock: systemClock,
    random: systemRandom,
    // Loaded where there is a smart host to look at.
    trySmartHost: async (host, address, source) => {
      const { trySmartHost } = await import('./try-smart-host.ts');
      return await trySmartHost(host, address, source, config.hostname);
    },
  } satisfies SurroundingsOptions;
}

/** What is refused as well: relayd may run for long after somebody changed it. */
function rightsFindings(loaded: LoadedConfig): readonly string[] {
  try {
    return rightsWarnings(loaded);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unsafe') return error.message.split('\n');
    throw error;
  }
}
