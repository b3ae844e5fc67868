/** Looks at each address of each `[[source]]`, for the check `sources`: is it this machine's, and what are its names in DNS. */
import { createSocket } from 'node:dgram';
import { isPublicAddress } from '../dns/address-ranges.ts';
import type { Resolver } from '../dns/resolver.ts';
import { isIPv6 } from 'node:net';
import type { SourceAddressFacts, SourcesFacts } from '../policy/checks/sources.ts';
import type { Source } from '../policy/egress/source.ts';
import { addressesOf, reverseNamesOf } from './look-at-names.ts';

export interface SourcesOptions {
  readonly sources: readonly Source[];
  /** Addresses need not be public: a closed network. */
  readonly privateNetwork: boolean;
  readonly resolver: Pick<Resolver, 'a' | 'aaaa' | 'ptr'>;
  /** Default: asks the system. */
  readonly isLocal?: ((address: string) => Promise<boolean>) | undefined;
}

/** Queries of a look; an operator with more looks at the others by PTR record by hand. */
const MOST_ADDRESSES = 100;

/** `undefined`: there are none. */
export async function lookAtSources(options: SourcesOptions): Promise<SourcesFacts | undefined> {
  const { sources, resolver, privateNetwork, isLocal = canBind } = options;
  if (sources.length === 0) return undefined;
  const all = sources.flatMap((source) => source.addresses.map((address) => ({ source, address })));
  return {
    addresses: await Promise.all(
      all.slice(0, MOST_ADDRESSES).map(async ({ source, address }): Promise<SourceAddressFacts> => {
        const hostname = source.hostname.toLowerCase();
        const isKnown = privateNetwork || isPublicAddress(address);
        const [local, reverse, forward] = await Promise.all([
          source.hop === undefined ? isLocal(address) : undefined,
          isKnown ? reverseNamesOf(address, resolver) : undefined,
          addressesOf(hostname, resolver),
        ]);
        return { source: source.name, hostname, address, isLocal: local, reverse: reverse?.outcome, forward };
      }),
    ),
  };
}

/** Binding a UDP socket asks the system and sends nothing. */
function canBind(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (found: boolean) => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(false));
    socket.bind({ address, port: 0 }, () => end(true));
  });
}
