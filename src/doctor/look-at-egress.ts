/** Greets a mail host of each domain of `checks.egress`, for the check `egress`: all at once, two addresses of each at most. */
import { isIPv6 } from 'node:net';
import type { Config } from '../config/config.ts';
import { isPublicAddress } from '../dns/address-ranges.ts';
import { lookupAddresses, lookupMx, type LookupContext } from '../dns/mx-lookup.ts';
import type { Clock } from '../platform/clock.ts';
import type { EgressFacts, EgressTry } from '../policy/checks/egress.ts';
import { ownWayOut } from '../policy/egress/direct-mail.ts';
import { greet } from './greet.ts';

export interface EgressOptions extends LookupContext {
  readonly config: Pick<Config, 'checks' | 'delivery' | 'egress'>;
  readonly clock: Clock;
}

const MOST_DOMAINS = 5;
/** One of each family. */
const MOST_ADDRESSES = 2;

export async function lookAtEgress(options: EgressOptions): Promise<EgressFacts> {
  const { checks, delivery } = options.config;
  const { port } = delivery;
  const { direct } = ownWayOut(options.config.egress);
  const skipped =
    delivery.mode === 'sandbox'
      ? 'nothing leaves a sandbox'
      : checks.egress.length === 0
        ? 'checks.egress names no domain'
        : undefined;
  if (skipped !== undefined || direct === 'no') return { port, skipped, tries: [], direct };
  const domains = checks.egress.slice(0, MOST_DOMAINS);
  const tries = await Promise.all(domains.map((domain) => tryDomain(domain, options)));
  return { port, skipped, tries, direct };
}

async function tryDomain(domain: string, options: EgressOptions): Promise<EgressTry> {
  const { config, clock } = options;
  const unknown = (host: string, reason: string): EgressTry => ({
    host,
    outcome: { kind: 'unknown', reason },
  });
  const mx = await lookupMx(domain, options);
  if (mx.kind !== 'hosts') return unknown(domain, mx.kind === 'null-mx' ? 'it takes no mail' : mx.text);
  const [host] = mx.hosts;
  if (host === undefined) return unknown(domain, 'it has no mail host');
  const found = await lookupAddresses(host.name, options);
  if (found.kind !== 'found') return unknown(host.name, found.text);
  const { allowPrivateAddresses, port } = config.delivery;
  const allowed = found.addresses.filter((address) => allowPrivateAddresses || isPublicAddress(address));
  let last = unknown(host.name, 'its address is not a public one');
  for (const address of allowed.slice(0, MOST_ADDRESSES)) {
    const outcome = await greet(address, port, clock, leavesFrom(address, config.egress));
    last = { host: host.name, outcome };
    if (outcome.kind === 'greeted') break;
  }
  return last;
}

/** As mail to `address` would; `undefined`: from the address that the system chooses. */
function leavesFrom(address: string, egress: Config['egress']): string | undefined {
  const { fromSystem, sources } = ownWayOut(egress);
  if (fromSystem) return undefined;
  const own = sources.filter(({ hop }) => hop === undefined).flatMap(({ addresses }) => addresses);
  return own.find((one) => isIPv6(one) === isIPv6(address));
}
