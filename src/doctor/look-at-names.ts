/** The relay's name and addresses in DNS, forward and reverse, for the checks `hostname` and `reverse_dns`. */
import { isIPv6 } from 'node:net';
import { isPublicAddress } from '../dns/address-ranges.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { NameOutcome, SendingAddresses } from '../policy/checks/addresses.ts';
import type { HostNameFacts } from '../policy/checks/host-name.ts';
import type { ReverseNames, ReverseNamesFacts } from '../policy/checks/reverse-names.ts';

export interface NamesOptions {
  readonly hostname: string;
  readonly sending: SendingAddresses;
  /** The addresses of this relay need not be public: a closed network. */
  readonly privateNetwork: boolean;
  readonly resolver: Pick<Resolver, 'a' | 'aaaa' | 'ptr'>;
  /** Why no mail leaves from these addresses, in words; `undefined`: it does. */
  readonly unused?: string | undefined;
}

export interface NamesFacts {
  readonly hostname: HostNameFacts;
  readonly reverse_dns: ReverseNamesFacts;
}

/** Look-ups that an outsider's zone can cause. */
const MOST_ADDRESSES = 8;
const MOST_NAMES = 8;

export async function lookAtNames(options: NamesOptions): Promise<NamesFacts> {
  const { sending, resolver, privateNetwork, unused } = options;
  const hostname = options.hostname.toLowerCase();
  const forward = await addressesOf(hostname, resolver);
  const found = forward.kind === 'found' ? forward.addresses : [];
  const unreachable = privateNetwork ? [] : found.filter((address) => !isPublicAddress(address));
  const outside =
    sending.public.length > 0 ? sending.public : found.filter((one) => !unreachable.includes(one));
  const looked = unused === undefined ? outside : [];
  const addresses = await Promise.all(
    looked.slice(0, MOST_ADDRESSES).map((address) => reverseNamesOf(address, resolver)),
  );
  return {
    hostname: { hostname, forward, unreachable, sending, unused },
    reverse_dns: { hostname, sending, addresses, unused },
  };
}

export async function reverseNamesOf(
  address: string,
  resolver: NamesOptions['resolver'],
): Promise<ReverseNames> {
  const answer = await resolver.ptr(address);
  if (answer.kind === 'failed') return { address, outcome: { kind: 'failed', reason: answer.reason } };
  if (answer.kind === 'not-found') return { address, outcome: { kind: 'none' } };
  const names = await Promise.all(
    answer.records.slice(0, MOST_NAMES).map(async (name) => {
      const forward = await (isIPv6(address) ? resolver.aaaa(name) : resolver.a(name));
      const leadsBack =
        forward.kind === 'failed' ? undefined : forward.kind === 'found' && forward.records.includes(address);
      return { name, leadsBack };
    }),
  );
  return { address, outcome: { kind: 'names', names } };
}

/** A failure counts only where the other family gives none either. */
export async function addressesOf(
  name: string,
  resolver: Pick<Resolver, 'a' | 'aaaa'>,
): Promise<NameOutcome> {
  const answers = await Promise.all([resolver.a(name), resolver.aaaa(name)]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  if (addresses.length > 0) return { kind: 'found', addresses };
  const failed = answers.find((answer) => answer.kind === 'failed');
  return failed === undefined ? { kind: 'none' } : { kind: 'failed', reason: failed.reason };
}
