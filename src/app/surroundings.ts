/** The options of the looks at the surroundings (doctor/), for relayd and relayctl. */
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/config.ts';
import type { SurroundingsOptions } from '../doctor/surroundings.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { StoreError } from '../store/errors.ts';
import { ownAddresses } from './own-addresses.ts';
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
      if (isOwn(config, address, host.port))
        return { kind: 'failed', stage: 'connect', reason: 'it is this relay itself' };
      const { trySmartHost } = await import('./try-smart-host.ts');
      return await trySmartHost(host, address, source, config.hostname);
    },
  } satisfies SurroundingsOptions;
}

/** relayd does not connect to itself (delivery/route/find-smart-host.ts). */
function isOwn({ submission, inbound }: Config, address: string, port: number): boolean {
  const listening = [
    ...submission.listen,
    ...submission.listenTls,
    ...submission.listenCertificates,
    ...inbound.listen,
  ];
  return ownAddresses(listening).some((own) => own.host === address && own.port === port);
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
