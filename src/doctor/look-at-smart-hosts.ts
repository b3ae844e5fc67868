/** Logs in to the smart host of each route, for the check `smart_hosts`: EHLO, STARTTLS, AUTH, QUIT. No mail is sent. */
import { isIP } from 'node:net';
import { lookupAddresses, type LookupContext } from '../dns/mx-lookup.ts';
import { formatHostPort } from '../platform/network/host-port.ts';
import type { SmartHostOutcome, SmartHostsFacts } from '../policy/checks/smart-hosts.ts';
import type { RouteRule, SmartHost } from '../policy/egress/route-rules.ts';
import { DEFAULT_POOL, type Source } from '../policy/egress/source.ts';

/** Bounded in time; never rejects. `source`: what the route's mail leaves from. */
export type TrySmartHost = (
  host: SmartHost,
  address: string,
  source: Source | undefined,
) => Promise<SmartHostOutcome>;

export interface SmartHostsOptions extends LookupContext {
  readonly routes: readonly RouteRule[];
  readonly sources: readonly Source[];
  readonly trySmartHost: TrySmartHost;
}

const MOST_HOSTS = 20;
/** One of each family. */
const MOST_ADDRESSES = 2;

/** `undefined`: there are none. */
export async function lookAtSmartHosts(options: SmartHostsOptions): Promise<SmartHostsFacts | undefined> {
  const rules = options.routes.flatMap(({ name, smartHost, pool }) =>
    smartHost === undefined ? [] : [{ route: name, smartHost, pool: pool ?? DEFAULT_POOL }],
  );
  if (rules.length === 0) return undefined;
  const hosts = rules.slice(0, MOST_HOSTS).map(async ({ route, smartHost, pool }) => ({
    route,
    at: formatHostPort(smartHost),
    username: smartHost.login?.username,
    outcome: await lookAt(smartHost, pool, options),
  }));
  return { hosts: await Promise.all(hosts) };
}

async function lookAt(
  smartHost: SmartHost,
  pool: string,
  { sources, trySmartHost, ...lookups }: SmartHostsOptions,
): Promise<SmartHostOutcome> {
  const { host } = smartHost;
  const found = await lookupAddresses(isIP(host) === 0 ? host : `[${host}]`, lookups);
  if (found.kind === 'none') return { kind: 'failed', stage: 'connect', reason: found.text };
  if (found.kind === 'failed') return { kind: 'unknown', reason: found.text };
  const source = sources.find((one) => one.pool === pool);
  let last: SmartHostOutcome = { kind: 'unknown', reason: `${host} has no address` };
  for (const address of found.addresses.slice(0, MOST_ADDRESSES)) {
    last = await trySmartHost(smartHost, address, source);
    if (last.kind === 'ready') break;
  }
  return last;
}
