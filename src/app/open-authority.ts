/**
 * How the zones' own servers are asked (dns/authoritative.ts), by the configuration in force. Where private addresses are allowed and
 * `dns.servers` are on this machine, as in tests and demos, those servers are on the port of the first of these; else on 53.
 */
import type { Config } from '../config/config.ts';
import { createAuthority, type Authority } from '../dns/authoritative.ts';
import { addressRange } from '../dns/address-ranges.ts';
import type { SystemResolver } from '../dns/system-resolver.ts';

/** `config` is read at each call. */
export function authorityOpener(
  config: Pick<Config, 'dns' | 'delivery'>,
  resolver: SystemResolver,
): () => Authority {
  return () => {
    const { allowPrivateAddresses } = config.delivery;
    const [first] = config.dns.servers;
    const isHere = first !== undefined && addressRange(first.host) === 'loopback';
    return createAuthority({
      resolver,
      allowPrivateAddresses,
      port: allowPrivateAddresses && isHere ? first.port : undefined,
    });
  };
}
