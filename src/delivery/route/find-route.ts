/**
 * The route of mail for a recipient domain: its MX hosts with the addresses that may be used. RFC 5321 §5.1, RFC 7505.
 *
 * Never to ourselves: an MX with our name, and all that are not preferred to it, are left out (§5.1), and so is an address
 * and port that we listen on. Never into loopback, private and other special ranges, unless the configuration allows it:
 * the publisher of an MX must not choose what a relay inside a network connects to. Where nothing is left the mail bounces
 * (5.4.6 for a loop, 5.4.4 for forbidden addresses): the sender is informed at once, and a retry would not help. If DNS has
 * no answer now, the route is `unknown`; if its answer is no, `none`.
 */
import { addressRange, isPublicAddress } from '../../dns/address-ranges.ts';
import { lookupAddresses, lookupMx, siteOf, type AddressLookup, type MxHost } from '../../dns/mx-lookup.ts';
import type { Resolver } from '../../dns/resolver.ts';
import type { Random } from '../../platform/random.ts';
import type { SiteHost } from './candidates.ts';
import type { FindRoute, Route } from './routes.ts';
import type { HostPort } from '../../platform/network/host-port.ts';

/** `hostname` and `allowPrivateAddresses` are read at each look-up. */
export interface FindRouteOptions {
  readonly resolver: Resolver;
  readonly random: Random;
  /** Name of this relay. */
  readonly hostname: string;
  /** What this relay listens on. `0.0.0.0` and `::` stand for the loopback addresses too. */
  readonly ownAddresses: readonly HostPort[];
  /** Of the hosts that mail goes to. */
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
}

/** Hosts whose addresses are looked up; the best ones. */
const MAX_HOSTS = 10;
/** A zone that wants to be asked every time is asked every second. */
const LEAST_TTL_SECONDS = 1;

export function createFindRoute(options: FindRouteOptions): FindRoute {
  const { resolver, random, port } = options;
  const own = options.ownAddresses.filter((address) => address.port === port).map(({ host }) => host);

  return async (destination) => {
    const mx = await lookupMx(destination, { resolver, random });
    if (mx.kind === 'failed') return unknown(mx.text, mx.ours);
    const ttlMs = Math.max(LEAST_TTL_SECONDS, mx.ttlSeconds) * 1_000;
    if (mx.kind === 'null-mx')
      return none('null-mx', '5.1.10', `the domain ${destination} takes no mail (null MX)`, ttlMs);
    if (mx.kind === 'no-such-domain')
      return none(mx.nxdomain ? 'no-such-domain' : 'no-mail-host', '5.1.2', mx.text, ttlMs);

    const others = withoutUs(mx.hosts, withoutDot(options.hostname));
    if (others.length === 0)
      return none('loop', '5.4.6', `the best mail host of ${destination} is this relay itself`, ttlMs);
    const looked = await Promise.all(
      others.slice(0, MAX_HOSTS).map(async (host) => ({
        host,
        lookup: await lookupAddresses(host.name, { resolver, random }),
      })),
    );
    return usable(siteOf({ ...mx, hosts: others }), looked, ttlMs);
  };

  function usable(
    site: string,
    looked: readonly { readonly host: MxHost; readonly lookup: AddressLookup }[],
    mxTtlMs: number,
  ): Route {
    const hosts: SiteHost[] = [];
    let ttlMs = mxTtlMs;
    let silent: Route | undefined;
    let loop: string | undefined;
    let forbidden: string | undefined;
    let missing = '';
    for (const { host, lookup } of looked) {
      if (lookup.kind === 'failed') silent ??= unknown(`${host.name}: ${lookup.text}`, lookup.ours);
      if (lookup.kind === 'none') missing ||= lookup.text;
      if (lookup.kind !== 'found') continue;
      const addresses: string[] = [];
      for (const address of lookup.addresses) {
        if (isOwn(address)) loop ??= `${host.name} [${address}]`;
        else if (!options.allowPrivateAddresses && !isPublicAddress(address))
          forbidden ??= `${host.name} [${address}]`;
        else addresses.push(address);
      }
      if (addresses.length === 0) continue;
      hosts.push({ name: host.name, preference: host.preference, addresses });
      ttlMs = Math.min(ttlMs, Math.max(LEAST_TTL_SECONDS, lookup.ttlSeconds) * 1_000);
    }
    if (hosts.length > 0) return { kind: 'hosts', site, hosts, ttlMs };
    if (silent !== undefined) return silent;
    if (loop !== undefined) return none('loop', '5.4.6', `${loop} is this relay itself`, ttlMs);
    if (forbidden !== undefined) {
      const range = addressRange(/\[(.*)\]$/.exec(forbidden)?.[1] ?? '');
      const text = `${forbidden} is not a public address (${range}); delivery.allow_private_addresses would permit it`;
      return none('not-allowed', '5.4.4', text, ttlMs);
    }
    return none('no-mail-host', '5.1.2', missing, ttlMs);
  }

  function isOwn(address: string): boolean {
    return own.some(
      (host) =>
        host === address || ((host === '0.0.0.0' || host === '::') && addressRange(address) === 'loopback'),
    );
  }
}

/** RFC 5321 §5.1: an MX with our name, and those that are no better than it, would only send the mail round. */
function withoutUs(hosts: readonly MxHost[], ownName: string): readonly MxHost[] {
  const us = hosts.find(({ name }) => withoutDot(name) === ownName);
  return us === undefined ? hosts : hosts.filter(({ preference }) => preference < us.preference);
}

function unknown(text: string, ours: true | undefined): Route {
  return { kind: 'unknown', text, ...(ours === true && { localClass: 'local-dns' }) };
}

function none(
  found: Extract<Route, { kind: 'none' }>['found'],
  status: string,
  text: string,
  ttlMs: number,
): Route {
  return { kind: 'none', found, stage: found === 'not-allowed' ? 'policy' : 'dns', status, text, ttlMs };
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
