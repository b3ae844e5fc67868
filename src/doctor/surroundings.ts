/**
 * The facts about the relay's surroundings, for the checks of policy/checks/ that ask DNS and other hosts. Used by
 * `relayctl doctor`, `relayctl quickstart` and the watch of relayd (upkeep/). Each look is bounded in time; no answer is a
 * fact too.
 */
import type { Config } from '../config/config.ts';
import type { Resolver } from '../dns/resolver.ts';
import { isPublicAddress } from '../dns/address-ranges.ts';
import { validatesDnssec } from '../dns/dnssec-probe.ts';
import type { Clock } from '../platform/clock.ts';
import { formatHostPort, type HostPort } from '../platform/network/host-port.ts';
import type { Random } from '../platform/random.ts';
import type { Blocklist } from '../policy/blocklist-zones.ts';
import type { CheckFacts } from '../policy/checks/registry.ts';
import { NO_DIRECT_MAIL, ownWayOut } from '../policy/egress/direct-mail.ts';
import type { ReverseNamesFacts } from '../policy/checks/reverse-names.ts';
import type { ResolverFacts } from '../policy/checks/resolver.ts';
import { lookAtBlocklists, refusalOf } from './look-at-blocklists.ts';
import { clockSynchronized } from './look-at-clock.ts';
import { lookAtEgress } from './look-at-egress.ts';
import { lookAtNames, type NamesFacts } from './look-at-names.ts';
import { lookAtSmartHosts, type TrySmartHost } from './look-at-smart-hosts.ts';
import { lookAtSources } from './look-at-sources.ts';
import { sendingAddresses, type LocalAddress } from './sending-addresses.ts';

export interface SurroundingsOptions {
  /** Read at each look. */
  readonly config: Pick<Config, 'hostname' | 'dns' | 'delivery' | 'checks' | 'egress'>;
  readonly resolver: Resolver;
  /** Of `checks.blocklists`. */
  readonly blocklists: () => readonly Blocklist[];
  /** What others may read and should not, a line each; refusals as well. */
  readonly fileRights: () => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly trySmartHost: TrySmartHost;
  /** These default to the system. */
  readonly localAddress?: LocalAddress | undefined;
  readonly isLocal?: ((address: string) => Promise<boolean>) | undefined;
  readonly validates?: (() => Promise<boolean | undefined>) | undefined;
  readonly synchronized?: (() => Promise<boolean | undefined>) | undefined;
}

export type SurroundingsFacts = Pick<
  CheckFacts,
  | 'file_rights'
  | 'resolver'
  | 'hostname'
  | 'reverse_dns'
  | 'sources'
  | 'smart_hosts'
  | 'egress'
  | 'blocklists'
> & {
  /** For the check `clock`. */
  readonly synchronized?: boolean | undefined;
};

/** What costs others next to nothing; within some 25 s. */
export async function lookAround(options: SurroundingsOptions): Promise<SurroundingsFacts> {
  const { fileRights, config } = options;
  const [egress, names, sources, smartHosts, found, synchronized] = await Promise.all([
    lookAtEgress(options),
    namesOf(options),
    lookAtSources({ ...options, ...config.egress, privateNetwork: config.delivery.allowPrivateAddresses }),
    lookAtSmartHosts({ ...options, ...config.egress }),
    lookAtResolver(options),
    (options.synchronized ?? clockSynchronized)(),
  ]);
  return {
    egress,
    ...names,
    sources,
    smart_hosts: smartHosts,
    resolver: found,
    file_rights: { findings: fileRights() },
    synchronized,
  };
}

/** Queries of a service that others pay for. */
export async function lookAtLists(options: SurroundingsOptions): Promise<SurroundingsFacts> {
  const { config, blocklists, resolver } = options;
  const { reverse_dns: names } = await namesOf(options);
  const addresses = outsideAddresses(names, config.egress);
  const found = await lookAtBlocklists(blocklists(), names.sending, addresses, resolver);
  return { blocklists: { ...found, unused: names.unused } };
}

/** What mail leaves from as the outside sees it: the public addresses of this machine, else those of its host name, and of sources. */
export function outsideAddresses(
  names: Pick<ReverseNamesFacts, 'addresses'> | undefined,
  egress: Config['egress'],
): readonly string[] {
  const ofSystem = (names?.addresses ?? []).map(({ address }) => address);
  const ofSources = ownWayOut(egress).sources.flatMap(({ addresses }) => addresses);
  return [...new Set([...ofSystem, ...ofSources.filter(isPublicAddress)])];
}

async function namesOf({ config, resolver, localAddress }: SurroundingsOptions): Promise<NamesFacts> {
  return await lookAtNames({
    hostname: config.hostname,
    sending: await sendingAddresses(localAddress),
    privateNetwork: config.delivery.allowPrivateAddresses,
    resolver,
    unused: unusedWords(config),
  });
}

/** Why no mail leaves from the address that the system chooses; `undefined`: some may. */
function unusedWords({ egress }: SurroundingsOptions['config']): string | undefined {
  const { direct, fromSystem } = ownWayOut(egress);
  if (direct === 'no') return NO_DIRECT_MAIL;
  return fromSystem ? undefined : 'all mail that goes direct leaves from [[source]] addresses';
}

async function lookAtResolver(options: SurroundingsOptions): Promise<ResolverFacts> {
  const { config, resolver, blocklists, clock, random } = options;
  const { servers } = config.dns;
  const [validates, refusedBy] = await Promise.all([
    options.validates?.() ?? validatesDnssec({ servers, clock, random }),
    refusalOf(blocklists(), resolver),
  ]);
  return { servers: serversWords(servers), validates, refusedBy };
}

/** `dns.servers` in words. */
export function serversWords(servers: readonly HostPort[]): string {
  return servers.length === 0 ? 'the DNS servers of the system' : servers.map(formatHostPort).join(', ');
}
