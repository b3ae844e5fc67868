/**
 * The addresses that a domain's SPF record has to allow, as far as DNS and the configuration tell: those of the relay's host name,
 * which the record that we propose names, and of its sources. Private ones are not seen by receivers.
 */
import type { Config } from '../config/config.ts';
import { isPublicAddress } from '../dns/address-ranges.ts';
import type { Resolver } from '../dns/resolver.ts';
import { ownWayOut } from '../policy/egress/direct-mail.ts';

export async function addressesToAllow(
  { hostname, egress, delivery }: Pick<Config, 'hostname' | 'egress' | 'delivery'>,
  resolver: Pick<Resolver, 'a' | 'aaaa'>,
): Promise<readonly string[]> {
  const answers = await Promise.all([resolver.a(hostname), resolver.aaaa(hostname)]);
  const ofName = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  const ofSources = ownWayOut(egress).sources.flatMap(({ addresses }) => addresses);
  return [...new Set([...ofName, ...ofSources])].filter(
    (address) => delivery.allowPrivateAddresses || isPublicAddress(address),
  );
}
