/**
 * The addresses of a smart host. Its operator is ours, so any address may be used, private ones too; never one that this relay
 * listens on, which would be a loop. No MX is asked for: the route names the host itself. RFC 5321 §5.1.
 */
import { isIP } from 'node:net';
import { addressRange } from '../../dns/address-ranges.ts';
import { lookupAddresses } from '../../dns/mx-lookup.ts';
import type { Resolver } from '../../dns/resolver.ts';
import type { HostPort } from '../../platform/network/host-port.ts';
import type { Random } from '../../platform/random.ts';
import type { SmartHost } from '../../policy/egress/route-rules.ts';
import type { Route, Routes } from './routes.ts';

export interface FindSmartHostOptions {
  readonly resolver: Resolver;
  readonly random: Random;
  readonly ownAddresses: readonly HostPort[];
}

export type FindSmartHost = (host: Pick<SmartHost, 'host' | 'port'>) => Promise<Route>;

/** Of an address that was configured; and how long a name without an answer is left alone. */
const FIXED_TTL_MS = 300_000;
const LEAST_TTL_SECONDS = 1;
/** The answer `none` of DNS is kept short: the operator is about to mend it. */
const NONE_TTL_MS = 30_000;

export function createFindSmartHost({ resolver, random, ownAddresses }: FindSmartHostOptions): FindSmartHost {
  return async ({ host, port }) => {
    if (isIP(host) !== 0) return usable(host, port, [host], FIXED_TTL_MS);
    const found = await lookupAddresses(host, { resolver, random });
    if (found.kind === 'failed') return { kind: 'unknown', text: `${host}: ${found.text}` };
    if (found.kind === 'none') return none('no-mail-host', found.text);
    return usable(host, port, found.addresses, Math.max(LEAST_TTL_SECONDS, found.ttlSeconds) * 1_000);
  };

  function usable(name: string, port: number, found: readonly string[], ttlMs: number): Route {
    const addresses = found.filter((address) => !isOwn(address, port));
    if (addresses.length === 0) return none('loop', `${name} port ${String(port)} is this relay itself`);
    return { kind: 'hosts', site: name, hosts: [{ name, preference: 0, addresses }], ttlMs };
  }

  function isOwn(address: string, port: number): boolean {
    return ownAddresses.some(
      (own) =>
        own.port === port &&
        (own.host === address ||
          ((own.host === '0.0.0.0' || own.host === '::') && addressRange(address) === 'loopback')),
    );
  }
}

/** Asks `routes`, which keep what is found; they are made with {@link byPlace}. */
export function keptSmartHosts(routes: Pick<Routes, 'known' | 'find'>): FindSmartHost {
  return async ({ host, port }) => {
    const place = `${host} ${String(port)}`;
    return routes.known(place) ?? (await routes.find(place));
  };
}

/** As Routes asks it: by `host port`. */
export function byPlace(find: FindSmartHost): (place: string) => Promise<Route> {
  return (place) => {
    const [host = '', port] = place.split(' ');
    return find({ host, port: Number(port) });
  };
}

function none(found: 'no-mail-host' | 'loop', text: string): Route {
  return { kind: 'none', found, stage: 'dns', status: '4.4.4', text, ttlMs: NONE_TTL_MS };
}
